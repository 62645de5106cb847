-- CreateTable
CREATE TABLE "approval" (
    "id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "policies" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "resource" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "principal" TEXT NOT NULL,
    "request" BYTEA NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_at" TIMESTAMPTZ(3),
    "end_message" TEXT,

    CONSTRAINT "approval_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "approval_filing" (
    "approval_id" TEXT NOT NULL,
    "statement" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "instance_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "waiting" BOOLEAN NOT NULL,
    "filed_at" TIMESTAMPTZ(3) NOT NULL,
    "withdrawn_at" TIMESTAMPTZ(3),
    "owed" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "approval_filing_pkey" PRIMARY KEY ("approval_id","statement")
);

-- CreateTable
CREATE TABLE "approval_decision" (
    "id" TEXT NOT NULL,
    "approval_id" TEXT NOT NULL,
    "decision" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "principal" JSONB NOT NULL,
    "reason" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "approval_decision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "grant" (
    "id" TEXT NOT NULL,
    "approval_id" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "policies" TEXT NOT NULL,
    "uses" INTEGER NOT NULL,
    "used" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "grant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "grant_use" (
    "grant_id" TEXT NOT NULL,
    "statement" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "grant_use_pkey" PRIMARY KEY ("grant_id","statement")
);

-- CreateIndex
CREATE INDEX "approval_state_expires_at_idx" ON "approval"("state", "expires_at");

-- CreateIndex
CREATE INDEX "approval_resource_id_digest_idx" ON "approval"("resource_id", "digest");

-- CreateIndex
CREATE INDEX "approval_provider_subject_id_idx" ON "approval"("provider", "subject", "id");

-- CreateIndex
CREATE UNIQUE INDEX "approval_decision_approval_id_provider_subject_decision_key" ON "approval_decision"("approval_id", "provider", "subject", "decision");

-- CreateIndex
CREATE UNIQUE INDEX "grant_approval_id_key" ON "grant"("approval_id");

-- AddForeignKey
ALTER TABLE "approval_filing" ADD CONSTRAINT "approval_filing_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "approval"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "approval_decision" ADD CONSTRAINT "approval_decision_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "approval"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "grant" ADD CONSTRAINT "grant_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "approval"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "grant_use" ADD CONSTRAINT "grant_use_grant_id_fkey" FOREIGN KEY ("grant_id") REFERENCES "grant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "approval"
    ADD CONSTRAINT "approval_id_check" CHECK ("id" ~ '^apr_[0-9a-z]{26}$'),
    ADD CONSTRAINT "approval_state_check" CHECK ("state" IN ('requested', 'approved', 'denied', 'expired', 'withdrawn', 'used', 'revoked')),
    ADD CONSTRAINT "approval_digest_check" CHECK ("digest" ~ '^[0-9a-f]{64}$' AND "policies" ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT "approval_decided_check" CHECK (("decided_at" IS NULL) = ("state" = 'requested')),
    ADD CONSTRAINT "approval_request_check" CHECK (octet_length("request") <= 1048576);

ALTER TABLE "approval_filing"
    ADD CONSTRAINT "approval_filing_statement_check" CHECK ("statement" ~ '^stm_[0-9a-z]{26}$');

ALTER TABLE "approval_decision"
    ADD CONSTRAINT "approval_decision_decision_check" CHECK ("decision" IN ('approve', 'deny')),
    ADD CONSTRAINT "approval_decision_reason_check" CHECK (length("reason") <= 2000);

ALTER TABLE "grant"
    ADD CONSTRAINT "grant_id_check" CHECK ("id" ~ '^gra_[0-9a-z]{26}$'),
    ADD CONSTRAINT "grant_uses_check" CHECK ("uses" >= 1 AND "used" BETWEEN 0 AND "uses"),
    ADD CONSTRAINT "grant_used_up_check" CHECK ("used" < "uses" OR "ended_at" IS NOT NULL);

ALTER TABLE "grant_use"
    ADD CONSTRAINT "grant_use_statement_check" CHECK ("statement" ~ '^stm_[0-9a-z]{26}$');

-- The same thing at the same place is one question to people, whoever files it and however often.
CREATE UNIQUE INDEX "approval_open_key" ON "approval" ("resource_id", "digest") WHERE "state" = 'requested';
CREATE INDEX "approval_filing_owed_idx" ON "approval_filing" ("instance_id") WHERE "owed";
CREATE INDEX "grant_in_force_idx" ON "grant" ("expires_at") WHERE "ended_at" IS NULL;

CREATE FUNCTION sallyport_approval_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD."state", NEW."state") NOT IN (
        ('requested', 'approved'),
        ('requested', 'denied'),
        ('requested', 'expired'),
        ('requested', 'withdrawn'),
        ('approved', 'used'),
        ('approved', 'expired'),
        ('approved', 'revoked')
    ) THEN
        RAISE EXCEPTION 'an approval does not go from % to %', OLD."state", NEW."state" USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER "approval_transition" BEFORE UPDATE OF "state" ON "approval"
    FOR EACH ROW WHEN (OLD."state" IS DISTINCT FROM NEW."state") EXECUTE FUNCTION sallyport_approval_transition();

-- What people decided on stays what it was.
CREATE TRIGGER "approval_fixed" BEFORE UPDATE ON "approval"
    FOR EACH ROW WHEN (
        (OLD."id", OLD."digest", OLD."policies", OLD."resource_id", OLD."provider", OLD."subject", OLD."request", OLD."requested_at", OLD."expires_at")
        IS DISTINCT FROM
        (NEW."id", NEW."digest", NEW."policies", NEW."resource_id", NEW."provider", NEW."subject", NEW."request", NEW."requested_at", NEW."expires_at")
    ) EXECUTE FUNCTION sallyport_refuse_change();
CREATE TRIGGER "approval_no_delete" BEFORE DELETE ON "approval"
    FOR EACH ROW EXECUTE FUNCTION sallyport_refuse_change();
CREATE TRIGGER "approval_decision_append_only" BEFORE UPDATE OR DELETE ON "approval_decision"
    FOR EACH ROW EXECUTE FUNCTION sallyport_refuse_change();
CREATE TRIGGER "approval_decision_no_truncate" BEFORE TRUNCATE ON "approval_decision"
    FOR EACH STATEMENT EXECUTE FUNCTION sallyport_refuse_change();
CREATE TRIGGER "grant_use_append_only" BEFORE UPDATE OR DELETE ON "grant_use"
    FOR EACH ROW EXECUTE FUNCTION sallyport_refuse_change();
CREATE TRIGGER "grant_use_no_truncate" BEFORE TRUNCATE ON "grant_use"
    FOR EACH STATEMENT EXECUTE FUNCTION sallyport_refuse_change();
-- A grant only ever loses: uses are not given back, it is not widened, and what ended stays so.
CREATE TRIGGER "grant_fixed" BEFORE UPDATE ON "grant"
    FOR EACH ROW WHEN (
        (OLD."id", OLD."approval_id", OLD."resource_id", OLD."digest", OLD."policies", OLD."uses", OLD."expires_at")
        IS DISTINCT FROM
        (NEW."id", NEW."approval_id", NEW."resource_id", NEW."digest", NEW."policies", NEW."uses", NEW."expires_at")
        OR NEW."used" < OLD."used" OR OLD."ended_at" IS NOT NULL
    ) EXECUTE FUNCTION sallyport_refuse_change();
CREATE TRIGGER "grant_no_delete" BEFORE DELETE ON "grant"
    FOR EACH ROW EXECUTE FUNCTION sallyport_refuse_change();

CREATE CONSTRAINT TRIGGER "grant_config_added" AFTER INSERT ON "grant"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sallyport_config_changed();
CREATE CONSTRAINT TRIGGER "grant_config_changed" AFTER UPDATE ON "grant"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (
        OLD."ended_at" IS DISTINCT FROM NEW."ended_at" OR OLD."used" IS DISTINCT FROM NEW."used"
    ) EXECUTE FUNCTION sallyport_config_changed();

-- Whoever holds the link of that instance tells it.
CREATE TRIGGER "approval_filing_owed" AFTER UPDATE ON "approval_filing"
    FOR EACH ROW WHEN (NEW."owed" AND NOT OLD."owed") EXECUTE FUNCTION sallyport_agents_changed();
