-- A row of the trail is written for every statement that is asked and for every one that ends, tens of thousands a second.

-- Ids and hashes are looked at before they get here; what is left costs nothing: a pattern took a fifth of the whole row.
ALTER TABLE "audit_event"
    DROP CONSTRAINT "audit_event_id_check",
    DROP CONSTRAINT "audit_event_hash_check",
    ADD CONSTRAINT "audit_event_id_check" CHECK (length("id") = 30 AND starts_with("id", 'evt_')),
    ADD CONSTRAINT "audit_event_hash_check" CHECK (length("hash") = 64);

-- Who looks for statements finds them by time: every other row is one. The rest is rare, and found by its type.
DROP INDEX "audit_event_type_at_idx";
CREATE INDEX "audit_event_rare_type_at_idx" ON "audit_event"("type", "at", "id")
    WHERE "type" <> 'statement.decided' AND "type" <> 'statement.ended';
