-- CreateTable
CREATE TABLE "resource" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "protocol" TEXT NOT NULL,
    "target" JSONB NOT NULL,
    "labels" JSONB NOT NULL DEFAULT '{}',
    "agent_selector" JSONB NOT NULL DEFAULT '{}',
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "resource_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "resource_secret" (
    "resource_id" TEXT NOT NULL,
    "field" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,

    CONSTRAINT "resource_secret_pkey" PRIMARY KEY ("resource_id","field")
);

-- CreateTable
CREATE TABLE "policy" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "document" JSONB NOT NULL,
    "hash" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "policy_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "trust_provider" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "jwks_uri" TEXT,
    "audiences" TEXT[],
    "api_audiences" TEXT[],
    "subject" TEXT NOT NULL,
    "groups" TEXT,
    "kind" TEXT,
    "owner" TEXT,
    "person" TEXT,
    "primary" BOOLEAN NOT NULL DEFAULT false,
    "sign_in" JSONB,
    "sign_in_secret" BYTEA,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "trust_provider_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "provider_keys" (
    "provider_id" TEXT NOT NULL,
    "jwks" JSONB NOT NULL,
    "fetched_at" TIMESTAMPTZ(3),
    "attempted_at" TIMESTAMPTZ(3),
    "error" TEXT,

    CONSTRAINT "provider_keys_pkey" PRIMARY KEY ("provider_id")
);

-- CreateTable
CREATE TABLE "role" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "provider" TEXT,
    "group" TEXT,
    "subject" TEXT,
    "role" TEXT NOT NULL,
    "labels" JSONB,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "role_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lock" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "provider" TEXT,
    "message" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lock_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "data_key" (
    "record" TEXT NOT NULL,
    "wrapped" BYTEA NOT NULL,
    "master_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "data_key_pkey" PRIMARY KEY ("record")
);

-- CreateTable
CREATE TABLE "setting" (
    "name" TEXT NOT NULL,
    "value" JSONB,
    "sealed" BYTEA,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "setting_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "admin_event" (
    "id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "actor_facts" JSONB NOT NULL,
    "action" TEXT NOT NULL,
    "target_kind" TEXT NOT NULL,
    "target_id" TEXT,
    "target_name" TEXT,
    "before" TEXT,
    "after" TEXT,
    "detail" JSONB NOT NULL DEFAULT '{}',
    "address" TEXT,
    "request_id" TEXT,

    CONSTRAINT "admin_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "id" TEXT NOT NULL,
    "request" TEXT NOT NULL,
    "status" INTEGER,
    "sealed" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "first_admin_claim" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "spent_at" TIMESTAMPTZ(3),

    CONSTRAINT "first_admin_claim_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "config_revision" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "revision" BIGINT NOT NULL DEFAULT 0,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "config_revision_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "resource_name_key" ON "resource"("name");

-- CreateIndex
CREATE UNIQUE INDEX "policy_name_key" ON "policy"("name");

-- CreateIndex
CREATE UNIQUE INDEX "trust_provider_name_key" ON "trust_provider"("name");

-- CreateIndex
CREATE UNIQUE INDEX "trust_provider_issuer_key" ON "trust_provider"("issuer");

-- CreateIndex
CREATE UNIQUE INDEX "role_name_key" ON "role"("name");

-- CreateIndex
CREATE INDEX "lock_expires_at_idx" ON "lock"("expires_at");

-- CreateIndex
CREATE INDEX "data_key_master_key_idx" ON "data_key"("master_key");

-- CreateIndex
CREATE INDEX "admin_event_at_idx" ON "admin_event"("at");

-- CreateIndex
CREATE INDEX "admin_event_actor_id_idx" ON "admin_event"("actor", "id");

-- CreateIndex
CREATE INDEX "admin_event_target_kind_target_name_id_idx" ON "admin_event"("target_kind", "target_name", "id");

-- CreateIndex
CREATE INDEX "idempotency_key_expires_at_idx" ON "idempotency_key"("expires_at");

-- AddForeignKey
ALTER TABLE "resource_secret" ADD CONSTRAINT "resource_secret_resource_id_fkey" FOREIGN KEY ("resource_id") REFERENCES "resource"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "provider_keys" ADD CONSTRAINT "provider_keys_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "trust_provider"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Ids, names and closed lists, as packages/core spells them.
ALTER TABLE "resource"
    ADD CONSTRAINT "resource_id_check" CHECK ("id" ~ '^res_[0-9a-z]{26}$'),
    ADD CONSTRAINT "resource_name_check" CHECK ("name" ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    ADD CONSTRAINT "resource_shape_check" CHECK (jsonb_typeof("target") = 'object' AND jsonb_typeof("labels") = 'object' AND jsonb_typeof("agent_selector") = 'object'),
    ADD CONSTRAINT "resource_version_check" CHECK ("version" > 0);

ALTER TABLE "policy"
    ADD CONSTRAINT "policy_id_check" CHECK ("id" ~ '^pol_[0-9a-z]{26}$'),
    ADD CONSTRAINT "policy_shape_check" CHECK (jsonb_typeof("document") = 'object'),
    ADD CONSTRAINT "policy_hash_check" CHECK ("hash" ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT "policy_version_check" CHECK ("version" > 0);

ALTER TABLE "trust_provider"
    ADD CONSTRAINT "trust_provider_id_check" CHECK ("id" ~ '^tpr_[0-9a-z]{26}$'),
    -- One token never opens both doors.
    ADD CONSTRAINT "trust_provider_audiences_check" CHECK (NOT ("audiences" && "api_audiences")),
    ADD CONSTRAINT "trust_provider_version_check" CHECK ("version" > 0);

-- At most one provider is primary.
CREATE UNIQUE INDEX "trust_provider_primary_key" ON "trust_provider" ("primary") WHERE "primary";

ALTER TABLE "role"
    ADD CONSTRAINT "role_id_check" CHECK ("id" ~ '^rol_[0-9a-z]{26}$'),
    ADD CONSTRAINT "role_role_check" CHECK ("role" IN ('viewer', 'auditor', 'approver', 'operator', 'admin')),
    ADD CONSTRAINT "role_holder_check" CHECK (num_nonnulls("group", "subject") = 1),
    ADD CONSTRAINT "role_labels_check" CHECK ("labels" IS NULL OR jsonb_typeof("labels") = 'object'),
    ADD CONSTRAINT "role_version_check" CHECK ("version" > 0);

ALTER TABLE "lock"
    ADD CONSTRAINT "lock_id_check" CHECK ("id" ~ '^lck_[0-9a-z]{26}$'),
    ADD CONSTRAINT "lock_kind_check" CHECK ("kind" IN ('principal', 'group', 'token', 'resource', 'agent')),
    ADD CONSTRAINT "lock_provider_check" CHECK ("provider" IS NULL OR "kind" IN ('principal', 'group'));

ALTER TABLE "setting"
    ADD CONSTRAINT "setting_value_check" CHECK (num_nonnulls("value", "sealed") = 1);

ALTER TABLE "admin_event"
    ADD CONSTRAINT "admin_event_id_check" CHECK ("id" ~ '^adm_[0-9a-z]{26}$');

ALTER TABLE "idempotency_key"
    ADD CONSTRAINT "idempotency_key_answer_check" CHECK (("status" IS NULL) = ("sealed" IS NULL));

ALTER TABLE "first_admin_claim"
    ADD CONSTRAINT "first_admin_claim_one_check" CHECK ("id" = 1);

ALTER TABLE "config_revision"
    ADD CONSTRAINT "config_revision_one_check" CHECK ("id" = 1);

INSERT INTO "config_revision" ("id", "revision") VALUES (1, 0);

-- The trail of administrative acts is only ever added to.
CREATE FUNCTION sallyport_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER "admin_event_append_only" BEFORE UPDATE OR DELETE ON "admin_event"
    FOR EACH ROW EXECUTE FUNCTION sallyport_refuse_change();
CREATE TRIGGER "admin_event_no_truncate" BEFORE TRUNCATE ON "admin_event"
    FOR EACH STATEMENT EXECUTE FUNCTION sallyport_refuse_change();

-- What agents are configured by. The row lock on config_revision makes the order of revisions the order of commits;
-- the triggers that take it are deferred to the commit, so that two changes cannot wait for each other.
CREATE FUNCTION sallyport_config_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "config_revision" SET "revision" = "revision" + 1, "changed_at" = clock_timestamp() WHERE "id" = 1;
    PERFORM pg_notify('sallyport_config', TG_TABLE_NAME);
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER "resource_config" AFTER INSERT OR UPDATE OR DELETE ON "resource"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sallyport_config_changed();
CREATE CONSTRAINT TRIGGER "resource_secret_config" AFTER INSERT OR UPDATE OR DELETE ON "resource_secret"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sallyport_config_changed();
CREATE CONSTRAINT TRIGGER "policy_config" AFTER INSERT OR UPDATE OR DELETE ON "policy"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sallyport_config_changed();
CREATE CONSTRAINT TRIGGER "trust_provider_config" AFTER INSERT OR UPDATE OR DELETE ON "trust_provider"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sallyport_config_changed();
CREATE CONSTRAINT TRIGGER "role_config" AFTER INSERT OR UPDATE OR DELETE ON "role"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sallyport_config_changed();
CREATE CONSTRAINT TRIGGER "lock_config" AFTER INSERT OR UPDATE OR DELETE ON "lock"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sallyport_config_changed();
-- Fetching keys that did not change is no change of the configuration.
CREATE CONSTRAINT TRIGGER "provider_keys_config_added" AFTER INSERT OR DELETE ON "provider_keys"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sallyport_config_changed();
CREATE CONSTRAINT TRIGGER "provider_keys_config_changed" AFTER UPDATE ON "provider_keys"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD."jwks" IS DISTINCT FROM NEW."jwks") EXECUTE FUNCTION sallyport_config_changed();
