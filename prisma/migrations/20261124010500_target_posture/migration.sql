-- CreateTable
CREATE TABLE "target_posture" (
    "resource_id" TEXT NOT NULL,
    "database" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "target_digest" BYTEA NOT NULL,
    "checked_at" TIMESTAMPTZ(3),
    "findings" JSONB NOT NULL,
    "error" TEXT,

    CONSTRAINT "target_posture_pkey" PRIMARY KEY ("resource_id","database")
);

-- AddForeignKey
ALTER TABLE "target_posture" ADD CONSTRAINT "target_posture_resource_id_fkey" FOREIGN KEY ("resource_id") REFERENCES "resource"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "target_posture" ADD CONSTRAINT "target_posture_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "target_posture"
    ADD CONSTRAINT "target_posture_digest_check" CHECK (length("target_digest") = 32),
    ADD CONSTRAINT "target_posture_findings_check" CHECK (jsonb_typeof("findings") = 'array'),
    -- Something is known of it, if only why nothing is.
    ADD CONSTRAINT "target_posture_told_check" CHECK (num_nonnulls("checked_at", "error") > 0);
