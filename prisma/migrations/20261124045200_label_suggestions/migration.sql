-- CreateTable
CREATE TABLE "label_suggestion" (
    "resource_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "rows" INTEGER NOT NULL,
    "asked_by" TEXT NOT NULL,
    "asked_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "instance_id" TEXT,
    "error" TEXT,
    "suggested_at" TIMESTAMPTZ(3),
    "agent_id" TEXT,
    "place_digest" BYTEA,
    "result" JSONB,

    CONSTRAINT "label_suggestion_pkey" PRIMARY KEY ("resource_id")
);

-- CreateIndex
CREATE INDEX "label_suggestion_state_idx" ON "label_suggestion"("state");

-- AddForeignKey
ALTER TABLE "label_suggestion" ADD CONSTRAINT "label_suggestion_resource_id_fkey" FOREIGN KEY ("resource_id") REFERENCES "resource"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "label_suggestion"
    ADD CONSTRAINT "label_suggestion_run_check" CHECK ("run_id" ~ '^lsg_[0-9a-z]{26}$'),
    ADD CONSTRAINT "label_suggestion_state_check" CHECK ("state" IN ('queued', 'asked', 'refused', 'done', 'failed')),
    ADD CONSTRAINT "label_suggestion_rows_check" CHECK ("rows" BETWEEN 1 AND 2000),
    ADD CONSTRAINT "label_suggestion_finished_check" CHECK (("finished_at" IS NULL) = ("state" IN ('queued', 'asked', 'refused'))),
    ADD CONSTRAINT "label_suggestion_result_check" CHECK (num_nulls("suggested_at", "agent_id", "place_digest", "result") IN (0, 4));

-- Whoever holds the link of that instance asks it.
CREATE TRIGGER "label_suggestion_asked" AFTER UPDATE ON "label_suggestion"
    FOR EACH ROW WHEN (NEW."state" = 'asked' AND OLD."state" <> 'asked') EXECUTE FUNCTION sallyport_agents_changed();
