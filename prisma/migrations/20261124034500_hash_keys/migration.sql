-- CreateTable
CREATE TABLE "hash_key" (
    "id" TEXT NOT NULL,
    "ring" TEXT NOT NULL DEFAULT 'default',
    "epoch" INTEGER NOT NULL,
    "sealed" BYTEA NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "hash_key_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "hash_key_ring_epoch_key" ON "hash_key"("ring", "epoch");

ALTER TABLE "hash_key"
    ADD CONSTRAINT "hash_key_id_check" CHECK ("id" ~ '^hky_[0-9a-z]{26}$'),
    -- A token names its epoch, and is not to grow without end.
    ADD CONSTRAINT "hash_key_epoch_check" CHECK ("epoch" BETWEEN 1 AND 999999);

-- A key that changed would make other tokens under the same epoch, and one that is gone none can be told by.
CREATE TRIGGER "hash_key_append_only" BEFORE UPDATE OR DELETE ON "hash_key"
    FOR EACH ROW EXECUTE FUNCTION sallyport_refuse_change();
CREATE TRIGGER "hash_key_no_truncate" BEFORE TRUNCATE ON "hash_key"
    FOR EACH STATEMENT EXECUTE FUNCTION sallyport_refuse_change();

CREATE CONSTRAINT TRIGGER "hash_key_config" AFTER INSERT ON "hash_key"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sallyport_config_changed();
