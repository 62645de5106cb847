-- CreateTable
CREATE TABLE "certificate_authority" (
    "id" TEXT NOT NULL,
    "certificate" BYTEA NOT NULL,
    "sealed_key" BYTEA NOT NULL,
    "active" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "certificate_authority_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "snapshot_signer" (
    "id" TEXT NOT NULL,
    "public_key" BYTEA NOT NULL,
    "sealed_key" BYTEA NOT NULL,
    "active" BOOLEAN NOT NULL,
    "previous" BYTEA,
    "signature" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "snapshot_signer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "join_token" (
    "id" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "labels" JSONB NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "agent_id" TEXT,

    CONSTRAINT "join_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent" (
    "id" TEXT NOT NULL,
    "labels" JSONB NOT NULL,
    "state" TEXT NOT NULL,
    "quarantine_reason" TEXT,
    "version" TEXT NOT NULL,
    "tls_key" BYTEA NOT NULL,
    "audit_key" BYTEA NOT NULL,
    "sealing_key" BYTEA NOT NULL,
    "certificate_expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent_instance" (
    "id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "link" BIGINT NOT NULL DEFAULT 0,
    "continuity" BYTEA NOT NULL,
    "pending" BYTEA[],
    "connected" BOOLEAN NOT NULL DEFAULT false,
    "seen_at" TIMESTAMPTZ(3),
    "config_generation" BIGINT NOT NULL DEFAULT 0,
    "config_version" BIGINT NOT NULL DEFAULT 0,
    "config_acked_at" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agent_instance_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "spool" (
    "id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "instance_id" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL DEFAULT 0,
    "hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "spool_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" TEXT NOT NULL,
    "spool_id" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "instance_id" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "record" BYTEA NOT NULL,
    "type" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "session_id" TEXT,
    "statement" TEXT,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "instance_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "principal" TEXT NOT NULL,
    "principal_kind" TEXT NOT NULL,
    "groups" TEXT[],
    "token_id" TEXT NOT NULL,
    "person" TEXT,
    "resource_id" TEXT NOT NULL,
    "resource" TEXT NOT NULL,
    "protocol" TEXT NOT NULL,
    "database" TEXT,
    "role" TEXT,
    "client_address" TEXT NOT NULL,
    "application" TEXT,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "end_reason" TEXT,
    "end_message" TEXT,
    "statements" INTEGER NOT NULL DEFAULT 0,
    "refused" INTEGER NOT NULL DEFAULT 0,
    "rows" BIGINT NOT NULL DEFAULT 0,
    "last_event_at" TIMESTAMPTZ(3) NOT NULL,
    "terminate_asked_at" TIMESTAMPTZ(3),
    "terminate_message" TEXT,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "target_model" (
    "resource_id" TEXT NOT NULL,
    "database" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "epoch" BIGINT NOT NULL,
    "model" BYTEA NOT NULL,
    "uploaded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "target_model_pkey" PRIMARY KEY ("resource_id","database")
);

-- CreateIndex
CREATE UNIQUE INDEX "snapshot_signer_public_key_key" ON "snapshot_signer"("public_key");

-- CreateIndex
CREATE UNIQUE INDEX "join_token_secret_hash_key" ON "join_token"("secret_hash");

-- CreateIndex
CREATE UNIQUE INDEX "join_token_agent_id_key" ON "join_token"("agent_id");

-- CreateIndex
CREATE INDEX "agent_instance_agent_id_idx" ON "agent_instance"("agent_id");

-- CreateIndex
CREATE UNIQUE INDEX "spool_instance_id_key" ON "spool"("instance_id");

-- CreateIndex
CREATE INDEX "spool_agent_id_idx" ON "spool"("agent_id");

-- CreateIndex
CREATE INDEX "audit_event_session_id_sequence_idx" ON "audit_event"("session_id", "sequence");

-- CreateIndex
CREATE INDEX "audit_event_at_id_idx" ON "audit_event"("at", "id");

-- CreateIndex
CREATE INDEX "audit_event_type_at_idx" ON "audit_event"("type", "at");

-- CreateIndex
CREATE UNIQUE INDEX "audit_event_spool_id_sequence_key" ON "audit_event"("spool_id", "sequence");

-- CreateIndex
CREATE INDEX "session_opened_at_id_idx" ON "session"("opened_at", "id");

-- CreateIndex
CREATE INDEX "session_provider_subject_id_idx" ON "session"("provider", "subject", "id");

-- CreateIndex
CREATE INDEX "session_principal_id_idx" ON "session"("principal", "id");

-- CreateIndex
CREATE INDEX "session_resource_id_idx" ON "session"("resource", "id");

-- CreateIndex
CREATE INDEX "session_instance_id_idx" ON "session"("instance_id");

-- AddForeignKey
ALTER TABLE "join_token" ADD CONSTRAINT "join_token_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_instance" ADD CONSTRAINT "agent_instance_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "spool" ADD CONSTRAINT "spool_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "spool" ADD CONSTRAINT "spool_instance_id_fkey" FOREIGN KEY ("instance_id") REFERENCES "agent_instance"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "target_model" ADD CONSTRAINT "target_model_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE RESTRICT ON UPDATE CASCADE;




-- Ids, keys and closed lists, as packages/core spells them.
ALTER TABLE "agent"
    ADD CONSTRAINT "agent_id_check" CHECK ("id" ~ '^agt_[0-9a-z]{26}$'),
    ADD CONSTRAINT "agent_labels_check" CHECK (jsonb_typeof("labels") = 'object'),
    ADD CONSTRAINT "agent_state_check" CHECK ("state" IN ('enrolled', 'connected', 'disconnected', 'quarantined', 'revoked')),
    ADD CONSTRAINT "agent_quarantine_check" CHECK ("state" <> 'quarantined' OR "quarantine_reason" IS NOT NULL),
    ADD CONSTRAINT "agent_keys_check" CHECK (length("audit_key") = 32 AND length("sealing_key") = 32);

ALTER TABLE "agent_instance"
    ADD CONSTRAINT "agent_instance_id_check" CHECK ("id" ~ '^ins_[0-9a-z]{26}$'),
    ADD CONSTRAINT "agent_instance_link_check" CHECK ("link" >= 0),
    ADD CONSTRAINT "agent_instance_continuity_check" CHECK (length("continuity") = 32);

ALTER TABLE "spool"
    ADD CONSTRAINT "spool_id_check" CHECK ("id" ~ '^spl_[0-9a-z]{26}$'),
    ADD CONSTRAINT "spool_head_check" CHECK ("sequence" >= 0 AND "hash" ~ '^[0-9a-f]{64}$');

ALTER TABLE "join_token"
    ADD CONSTRAINT "join_token_id_check" CHECK ("id" ~ '^jtk_[0-9a-z]{26}$'),
    ADD CONSTRAINT "join_token_hash_check" CHECK (length("secret_hash") = 32),
    ADD CONSTRAINT "join_token_labels_check" CHECK (jsonb_typeof("labels") = 'object'),
    ADD CONSTRAINT "join_token_use_check" CHECK (("used_at" IS NULL) = ("agent_id" IS NULL));

ALTER TABLE "snapshot_signer"
    ADD CONSTRAINT "snapshot_signer_key_check" CHECK (length("public_key") = 32),
    ADD CONSTRAINT "snapshot_signer_rotation_check" CHECK (("previous" IS NULL) = ("signature" IS NULL));

-- New certificates and snapshots have one issuer.
CREATE UNIQUE INDEX "certificate_authority_active_key" ON "certificate_authority" ("active") WHERE "active";
CREATE UNIQUE INDEX "snapshot_signer_active_key" ON "snapshot_signer" ("active") WHERE "active";

ALTER TABLE "audit_event"
    ADD CONSTRAINT "audit_event_id_check" CHECK ("id" ~ '^evt_[0-9a-z]{26}$'),
    ADD CONSTRAINT "audit_event_hash_check" CHECK ("hash" ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT "audit_event_sequence_check" CHECK ("sequence" > 0);

ALTER TABLE "session"
    ADD CONSTRAINT "session_id_check" CHECK ("id" ~ '^ses_[0-9a-z]{26}$'),
    ADD CONSTRAINT "session_state_check" CHECK ("state" IN ('opening', 'active', 'ended')),
    ADD CONSTRAINT "session_end_check" CHECK (("state" = 'ended') = ("ended_at" IS NOT NULL) AND ("ended_at" IS NULL) = ("end_reason" IS NULL)),
    ADD CONSTRAINT "session_terminate_check" CHECK (("terminate_asked_at" IS NULL) = ("terminate_message" IS NULL));

ALTER TABLE "target_model"
    ADD CONSTRAINT "target_model_epoch_check" CHECK ("epoch" >= 0);

-- Transitions: the pairs of agentTransitions and sessionTransitions, which a test compares.
CREATE FUNCTION sallyport_agent_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD."state", NEW."state") NOT IN (
        ('enrolled', 'connected'),
        ('enrolled', 'quarantined'),
        ('enrolled', 'revoked'),
        ('connected', 'connected'),
        ('connected', 'disconnected'),
        ('connected', 'quarantined'),
        ('connected', 'revoked'),
        ('disconnected', 'connected'),
        ('disconnected', 'quarantined'),
        ('disconnected', 'revoked'),
        ('quarantined', 'disconnected'),
        ('quarantined', 'revoked'),
        ('quarantined', 'quarantined')
    ) THEN
        RAISE EXCEPTION 'an agent does not go from % to %', OLD."state", NEW."state" USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER "agent_transition" BEFORE UPDATE OF "state" ON "agent"
    FOR EACH ROW WHEN (OLD."state" IS DISTINCT FROM NEW."state") EXECUTE FUNCTION sallyport_agent_transition();

CREATE FUNCTION sallyport_session_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD."state", NEW."state") NOT IN (
        ('opening', 'active'),
        ('opening', 'ended'),
        ('active', 'ended')
    ) THEN
        RAISE EXCEPTION 'a session does not go from % to %', OLD."state", NEW."state" USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER "session_transition" BEFORE UPDATE OF "state" ON "session"
    FOR EACH ROW WHEN (OLD."state" IS DISTINCT FROM NEW."state") EXECUTE FUNCTION sallyport_session_transition();

-- What an agent sent is only ever added to.
CREATE TRIGGER "audit_event_append_only" BEFORE UPDATE OR DELETE ON "audit_event"
    FOR EACH ROW EXECUTE FUNCTION sallyport_refuse_change();
CREATE TRIGGER "audit_event_no_truncate" BEFORE TRUNCATE ON "audit_event"
    FOR EACH STATEMENT EXECUTE FUNCTION sallyport_refuse_change();

-- Labels decide which resources an agent gets.
CREATE CONSTRAINT TRIGGER "agent_labels_config" AFTER UPDATE ON "agent"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD."labels" IS DISTINCT FROM NEW."labels") EXECUTE FUNCTION sallyport_config_changed();
-- Agents follow a new signer at once.
CREATE CONSTRAINT TRIGGER "snapshot_signer_config" AFTER INSERT OR UPDATE ON "snapshot_signer"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sallyport_config_changed();

-- Whoever holds a link looks again: revoked or quarantined, fenced by a newer link, a session to be ended.
CREATE FUNCTION sallyport_agents_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('sallyport_agents', TG_TABLE_NAME);
    RETURN NULL;
END
$$;

CREATE TRIGGER "agent_state_changed" AFTER UPDATE ON "agent"
    FOR EACH ROW WHEN (OLD."state" IS DISTINCT FROM NEW."state") EXECUTE FUNCTION sallyport_agents_changed();
CREATE TRIGGER "agent_link_changed" AFTER UPDATE ON "agent_instance"
    FOR EACH ROW WHEN (OLD."link" IS DISTINCT FROM NEW."link") EXECUTE FUNCTION sallyport_agents_changed();
CREATE TRIGGER "session_terminate_asked" AFTER UPDATE ON "session"
    FOR EACH ROW WHEN (OLD."terminate_asked_at" IS NULL AND NEW."terminate_asked_at" IS NOT NULL) EXECUTE FUNCTION sallyport_agents_changed();
