/** Generated from apps/control-plane/openapi.json by `pnpm --filter @sallyport/client run schema`. Do not edit. */
export interface paths {
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_agents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_agent"];
        put?: never;
        post?: never;
        delete: operations["revoke_agent"];
        options?: never;
        head?: never;
        patch: operations["patch_agent"];
        trace?: never;
    };
    "/v1/agents/{id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a quarantined agent serve again */
        post: operations["release_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/join-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["create_join_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/approvals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_approvals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/approvals/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_approval"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/approvals/{id}/decision": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["decide_approval"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_audit_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_grants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/grants/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_grant"];
        put?: never;
        post?: never;
        delete: operations["revoke_grant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/locks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_locks"];
        put?: never;
        post: operations["create_lock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/locks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_lock"];
        put?: never;
        post?: never;
        delete: operations["delete_lock"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/masking/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_masking_keys"];
        put?: never;
        /** Begin a new epoch: equal values get other tokens from now on */
        post: operations["rotate_masking_keys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_policies"];
        put?: never;
        post: operations["create_policy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_policy"];
        put: operations["put_policy"];
        post?: never;
        delete: operations["delete_policy"];
        options?: never;
        head?: never;
        patch: operations["patch_policy"];
        trace?: never;
    };
    "/v1/policies/evaluate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["evaluate_policies"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run the tests inside a policy without saving it */
        post: operations["test_policy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_resources"];
        put?: never;
        post: operations["create_resource"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_resource"];
        put: operations["put_resource"];
        post?: never;
        delete: operations["delete_resource"];
        options?: never;
        head?: never;
        patch: operations["patch_resource"];
        trace?: never;
    };
    "/v1/resources/{name}/label-suggestions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Columns that look as if they needed a label, with counts and no values */
        get: operations["get_label_suggestions"];
        put?: never;
        /** Have an agent sample the target for columns that need a label */
        post: operations["suggest_labels"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_roles"];
        put?: never;
        post: operations["create_role"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/roles/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_role"];
        put: operations["put_role"];
        post?: never;
        delete: operations["delete_role"];
        options?: never;
        head?: never;
        patch: operations["patch_role"];
        trace?: never;
    };
    "/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_sessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_session"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_session_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/terminate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["terminate_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["setup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trust-providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_trust_providers"];
        put?: never;
        post: operations["create_trust_provider"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trust-providers/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_trust_provider"];
        put: operations["put_trust_provider"];
        post?: never;
        delete: operations["delete_trust_provider"];
        options?: never;
        head?: never;
        patch: operations["patch_trust_provider"];
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Agent */
        Agent: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            certificate_expires_at: string;
            /** @description It is connected, and every connected instance has acknowledged the newest configuration */
            config_current: boolean;
            config_version: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            created_at: string;
            /** @description an id: agt_ and 26 of [0-9a-z] */
            id: string;
            instances: {
                config_acknowledged_at: string | null;
                config_version: string | null;
                connected: boolean;
                /** @description an id: ins_ and 26 of [0-9a-z] */
                id: string;
                last_error: string | null;
                seen_at: string | null;
            }[];
            /** @description Names and values; policies and scoped roles match them */
            labels: {
                [key: string]: string;
            };
            last_error: string | null;
            quarantine_reason: string | null;
            /** @enum {string} */
            state: "enrolled" | "connected" | "disconnected" | "quarantined" | "revoked";
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            updated_at: string;
            /** @description Software version, as it last said */
            version: string;
        };
        /** AgentPage */
        AgentPage: {
            /** @description The newest configuration, generation.version: what was written before this answer is in force at agents that acknowledged it */
            config_version: string;
            items: components["schemas"]["Agent"][];
            next_cursor: string | null;
        };
        /** AgentPatch */
        AgentPatch: {
            /** @description Names and values; policies and scoped roles match them */
            labels: {
                [key: string]: string;
            };
        };
        /** Approval */
        Approval: {
            actions: {
                /** @enum {string} */
                certainty: "exact" | "unknown";
                effects: string[];
                facts: {
                    [key: string]: unknown;
                };
                functions?: string[];
                reason?: string;
                touches: {
                    /** @enum {string} */
                    access: "read" | "write";
                    kind: string;
                    labels?: string[];
                    name: string;
                    use?: string;
                }[];
                verb: string;
            }[];
            /** @description Which holds it */
            agent: string;
            /** @description For whom it acts, the nearest first */
            chain: {
                groups: string[];
                /** @enum {string} */
                kind: "human" | "service" | "agent";
                name: string;
                owner?: string;
                provider: string;
                subject: string;
            }[];
            /** @description Settings that give the texts their meaning */
            context: {
                [key: string]: string;
            };
            decided_at: string | null;
            decisions: {
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC
                 */
                at: string;
                by: {
                    groups: string[];
                    /** @enum {string} */
                    kind: "human" | "service" | "agent";
                    name: string;
                    owner?: string;
                    provider: string;
                    subject: string;
                };
                /** @enum {string} */
                decision: "approve" | "deny";
                reason: string | null;
            }[];
            /** @description SHA-256 in hex of exactly what would run */
            digest: string;
            end: string | null;
            /**
             * Format: date-time
             * @description Until when it may be decided
             */
            expires_at: string;
            grant: {
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC
                 */
                expires_at: string;
                /** @description an id: gra_ and 26 of [0-9a-z] */
                id: string;
                used: number;
                uses: number;
            } | null;
            /** @description an id: apr_ and 26 of [0-9a-z] */
            id: string;
            /** @description What stays masked in the answer */
            masked: {
                columns: string[];
                detect: string[];
                rule: {
                    policy: string;
                    rule: string;
                };
            }[];
            max_rows: number | null;
            message: string | null;
            needs: {
                /** @description Distinct people */
                count: number;
                groups: string[];
                principals: string[];
            }[];
            params: {
                /** @enum {string} */
                format: "text" | "binary";
                /** @description Of the whole, in hex */
                sha256?: string;
                /** @description Bytes of the whole, of which this is the beginning */
                truncated?: number;
                type?: string;
                value: string | null;
            }[];
            principal: {
                groups: string[];
                /** @enum {string} */
                kind: "human" | "service" | "agent";
                name: string;
                owner?: string;
                provider: string;
                subject: string;
            };
            reason_required: boolean;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            requested_at: string;
            resource: {
                id: string;
                labels: {
                    [key: string]: string;
                };
                name: string;
                protocol: string;
            };
            /** @description What holds it, the most decisive first */
            rules: {
                policy: string;
                rule: string;
            }[];
            session: {
                client: {
                    address: string;
                    application: string | null;
                };
                database: string | null;
                id: string;
                role: string | null;
            };
            /** @enum {string} */
            state: "requested" | "approved" | "denied" | "expired" | "withdrawn" | "used" | "revoked";
            /** @description Id in the trail */
            statement: string;
            still_needed: {
                /** @description Distinct people */
                count: number;
                groups: string[];
                principals: string[];
            }[];
            /** @description What executes, in order */
            texts: {
                /** @description Of the whole, in hex */
                sha256?: string;
                text: string;
                /** @description Bytes of the whole, of which this is the beginning */
                truncated?: number;
            }[];
            /** @description Somebody waits with an open connection; else whoever asked was told to ask again */
            waiting: boolean;
            why_not: string | null;
        };
        /** ApprovalPage */
        ApprovalPage: {
            items: components["schemas"]["Approval"][];
            next_cursor: string | null;
        };
        /** AuditEvent */
        AuditEvent: {
            /** @description Who did an administrative act: provider/subject */
            actor?: string;
            after?: string;
            agent?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            at: string;
            /** @description SHA-256 in hex of the record before an administrative act, secrets excluded */
            before?: string;
            /** @description SHA-256 in hex of the signed record */
            hash?: string;
            /** @description evt_ for what an agent recorded, adm_ for an administrative act */
            id: string;
            instance?: string;
            sequence?: number;
            session?: string;
            /** @enum {string} */
            source: "agent" | "control-plane";
            spool?: string;
            target?: {
                id?: string;
                kind: string;
                name?: string;
            };
            type: string;
        } & {
            [key: string]: unknown;
        };
        /** AuditEventPage */
        AuditEventPage: {
            items: components["schemas"]["AuditEvent"][];
            next_cursor: string | null;
        };
        /** DecisionBody */
        DecisionBody: {
            /** @enum {string} */
            decision: "approve" | "deny";
            /** @description Of the request as it was shown; another one is refused with 409 */
            digest: string;
            /** @description Shown to whoever asked, and kept */
            reason?: string;
        };
        /** EvaluateBody */
        EvaluateBody: {
            /** @description Absent: the one of sessions that name the resource alone */
            database?: string;
            /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
            resource: string;
            statement: string;
            subject: {
                claims?: {
                    [key: string]: unknown;
                };
                /** @description Absent: those last seen for this name */
                groups?: string[];
                /** @enum {string} */
                kind?: "human" | "service" | "agent";
                /** @description 1 to 255 characters without control characters */
                name: string;
                /** @description Absent: the primary one */
                provider?: string;
            };
        };
        /** Evaluation */
        Evaluation: {
            /** @description What the statement would do, as policies see it */
            actions: {
                [key: string]: unknown;
            }[];
            connect: {
                advice?: string;
                approvers?: {
                    count: number;
                    groups: string[];
                    principals: string[];
                }[];
                code?: string;
                /** @enum {string} */
                kind: "allow" | "hold" | "deny";
                message?: string;
                obligations?: {
                    [key: string]: unknown;
                }[];
                rules: {
                    policy: string;
                    rule: string;
                }[];
                shadow: {
                    /** @enum {string} */
                    action: "allow" | "hold" | "deny";
                    rule: {
                        policy: string;
                        rule: string;
                    };
                }[];
            };
            database: string | null;
            decision: {
                advice?: string;
                approvers?: {
                    count: number;
                    groups: string[];
                    principals: string[];
                }[];
                code?: string;
                /** @enum {string} */
                kind: "allow" | "hold" | "deny";
                message?: string;
                obligations?: {
                    [key: string]: unknown;
                }[];
                rules: {
                    policy: string;
                    rule: string;
                }[];
                shadow: {
                    /** @enum {string} */
                    action: "allow" | "hold" | "deny";
                    rule: {
                        policy: string;
                        rule: string;
                    };
                }[];
            };
            explanation: {
                action: number;
                floor?: string;
                policies: {
                    masks: {
                        columns: string[];
                        mask: {
                            policy: string;
                            rule: string;
                        };
                        refused?: string;
                    }[];
                    policy: string;
                    resource: boolean;
                    rules: {
                        action: string;
                        /** @description yes, no or maybe */
                        matched: string;
                        reasons: {
                            condition: string;
                            /** @description yes, no or maybe */
                            matched: string;
                            reason: string;
                        }[];
                        rule: {
                            policy: string;
                            rule: string;
                        };
                        shadow: boolean;
                    }[];
                    subject: {
                        /** @description yes, no or maybe */
                        matched: string;
                        reason: string;
                    };
                }[];
                principal: string;
            }[];
            /** @description Every mask that is in force for the subject at the resource, whatever it asks */
            masks: {
                /** @description redact, hash, nullify, or what partial keeps */
                as: string | {
                    [key: string]: unknown;
                };
                columns: string[];
                detect: string[];
                labels: string[];
                rule: {
                    policy: string;
                    rule: string;
                };
            }[];
            /** @description Whether an agent has told what the target holds; without it, what depends on it is unknown */
            model: {
                epoch: string | null;
                known: boolean;
                note: string | null;
            };
            /** @description Per action its output columns in order, and what each is masked as at least; null where it answers no rows, or which they are is known only at the target: what may be masked there is masked whole */
            outputs: ({
                as: (string | {
                    [key: string]: unknown;
                }) | null;
                /** @description Full names of the columns whose values it shows */
                bare: string[];
                /** @description Full names of the columns that it is computed from */
                derived: string[];
            }[] | null)[];
            /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
            resource: string;
            /** @description That the agent logs in to the target with */
            role: string | null;
            subject: {
                groups: string[];
                kind: string;
                name: string;
                provider: string;
            };
            /** @description What the document of the resource says and its target does not bear out; what the deciding policies ask for and this build does not do */
            warnings: string[];
        };
        /** Finding */
        Finding: {
            /** @description Stable; docs/posture.md lists them */
            id: string;
            /** @description Statements or advice that make it go away */
            remedy: string;
            /** @enum {string} */
            severity: "critical" | "warning" | "info";
            /** @description One sentence that names the objects */
            what: string;
        };
        /** Grant */
        Grant: {
            /** @description an id: apr_ and 26 of [0-9a-z] */
            approval: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            created_at: string;
            /** @description SHA-256 in hex of exactly what may run */
            digest: string;
            ended_at: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            expires_at: string;
            /** @description an id: gra_ and 26 of [0-9a-z] */
            id: string;
            principal: {
                name: string;
                provider: string;
                subject: string;
            };
            resource: {
                id: string;
                name: string;
            };
            /** @enum {string} */
            state: "in_force" | "used" | "expired" | "revoked";
            taken: {
                agent: string;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC
                 */
                at: string;
                statement: string;
            }[];
            used: number;
            uses: number;
        };
        /** GrantPage */
        GrantPage: {
            items: components["schemas"]["Grant"][];
            next_cursor: string | null;
        };
        /** JoinToken */
        JoinToken: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            expires_at: string;
            /** @description an id: jtk_ and 26 of [0-9a-z] */
            id: string;
            /** @description Names and values; policies and scoped roles match them */
            labels: {
                [key: string]: string;
            };
            /** @description Shown once; good for one enrolment */
            token: string;
        };
        /** JoinTokenBody */
        JoinTokenBody: {
            /** @description Names and values; policies and scoped roles match them */
            labels?: {
                [key: string]: string;
            };
            /** @default 900 */
            ttl_seconds: number;
        };
        /** LabelSuggestionBody */
        LabelSuggestionBody: {
            /**
             * @description Read of each relation at most
             * @default 200
             */
            rows: number;
        };
        /** LabelSuggestions */
        LabelSuggestions: {
            agent: string | null;
            asked_at: string | null;
            asked_by: string | null;
            database: string | null;
            /** @description Why the last run failed */
            error: string | null;
            finished_at: string | null;
            items: components["schemas"]["SuggestedLabel"][];
            /** @description Sent as PATCH to the resource it accepts everything that is suggested; nothing is applied by itself */
            patch: {
                target: {
                    labels: {
                        [key: string]: string[];
                    };
                };
            };
            relations: number | null;
            run: string | null;
            skipped: number | null;
            /**
             * @description Of the last run
             * @enum {string}
             */
            state: "none" | "running" | "done" | "failed";
            /** @description When the last run that succeeded did; the items are its */
            suggested_at: string | null;
        };
        /** Lock */
        Lock: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            created_at: string;
            created_by: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            expires_at?: string;
            /** @description an id: lck_ and 26 of [0-9a-z] */
            id: string;
            message: string;
            /** @description What is locked: { kind: principal or group, name, provider? }, { kind: token or agent, id }, { kind: resource, name } */
            target: {
                /** @enum {string} */
                kind: "principal";
                /** @description 1 to 255 characters without control characters */
                name: string;
                /** @description Absent: of any provider */
                provider?: string;
            } | {
                /** @enum {string} */
                kind: "group";
                /** @description 1 to 255 characters without control characters */
                name: string;
                /** @description Absent: of any provider */
                provider?: string;
            } | {
                /** @description 1 to 255 characters without control characters */
                id: string;
                /** @enum {string} */
                kind: "token";
            } | {
                /** @enum {string} */
                kind: "resource";
                /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
                name: string;
            } | {
                /** @description an id: agt_ and 26 of [0-9a-z] */
                id: string;
                /** @enum {string} */
                kind: "agent";
            };
        };
        /** LockBody */
        LockBody: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            expires_at?: string;
            /** @enum {string} */
            kind?: "lock";
            /** @description 1 to 500 characters, shown to whom it hits */
            message: string;
            /** @description What is locked: { kind: principal or group, name, provider? }, { kind: token or agent, id }, { kind: resource, name } */
            target: {
                /** @enum {string} */
                kind: "principal";
                /** @description 1 to 255 characters without control characters */
                name: string;
                /** @description Absent: of any provider */
                provider?: string;
            } | {
                /** @enum {string} */
                kind: "group";
                /** @description 1 to 255 characters without control characters */
                name: string;
                /** @description Absent: of any provider */
                provider?: string;
            } | {
                /** @description 1 to 255 characters without control characters */
                id: string;
                /** @enum {string} */
                kind: "token";
            } | {
                /** @enum {string} */
                kind: "resource";
                /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
                name: string;
            } | {
                /** @description an id: agt_ and 26 of [0-9a-z] */
                id: string;
                /** @enum {string} */
                kind: "agent";
            };
        };
        /** LockPage */
        LockPage: {
            items: components["schemas"]["Lock"][];
            next_cursor: string | null;
        };
        /**
         * MaskingKey
         * @description A key of hashed values, without the key
         */
        MaskingKey: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            created_at: string;
            /** @description provider/subject, or system */
            created_by: string;
            /** @description Tokens made by this key begin with tok_<epoch>_ */
            epoch: number;
            /** @description an id: hky_ and 26 of [0-9a-z] */
            id: string;
            /** @description New tokens are made by this one */
            newest: boolean;
        };
        /** MaskingKeyPage */
        MaskingKeyPage: {
            items: components["schemas"]["MaskingKey"][];
            next_cursor: string | null;
        };
        /** Me */
        Me: {
            /** @description Whom it acts for */
            chain: {
                groups: string[];
                /** @enum {string} */
                kind: "human" | "service" | "agent";
                name: string;
                owner?: string;
                person?: string;
                primary: boolean;
                provider: string;
                subject: string;
            }[];
            permissions: {
                /** @enum {string} */
                permission: "resource.read" | "resource.write" | "policy.read" | "policy.write" | "policy.evaluate" | "trust_provider.read" | "trust_provider.write" | "role.read" | "role.write" | "lock.read" | "lock.write" | "agent.read" | "agent.write" | "session.read" | "session.terminate" | "label_suggestion.read" | "label_suggestion.write" | "masking_key.read" | "masking_key.write" | "approval.read" | "approval.decide" | "grant.read" | "grant.revoke" | "audit.read";
                scope: "all" | {
                    [key: string]: string;
                }[];
            }[];
            principal: {
                groups: string[];
                /** @enum {string} */
                kind: "human" | "service" | "agent";
                name: string;
                owner?: string;
                person?: string;
                primary: boolean;
                provider: string;
                subject: string;
            };
            /** @description Of the principal itself; what it may do is under `permissions`, which whoever it acts for limits */
            roles: {
                /** @description Names and values; policies and scoped roles match them */
                labels?: {
                    [key: string]: string;
                };
                /** @enum {string} */
                role: "viewer" | "auditor" | "approver" | "operator" | "admin";
            }[];
            token: {
                audience: string[];
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC
                 */
                expires_at: string;
                id: string;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC
                 */
                issued_at: string;
                issuer: string;
            };
        };
        /** NewPolicyBody */
        NewPolicyBody: {
            /** @enum {string} */
            kind?: "policy";
            masks?: {
                /** @description redact, hash, nullify, or { partial: { keep: domain | first | last | year | month, count? } } */
                as: ("redact" | "hash" | "nullify") | {
                    partial: {
                        /** @description characters kept, a whole number from 1 to 16 */
                        count?: number;
                        /**
                         * @description one of domain, first, last, year, month
                         * @enum {string}
                         */
                        keep: "domain" | "first" | "last" | "year" | "month";
                    };
                };
                columns?: string[];
                detect?: ("email" | "phone" | "card" | "iban" | "ssn" | "ip" | "jwt" | "aws_key" | "api_key" | "private_key" | "password_hash" | "connection_string" | "credential")[];
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                id: string;
                labels?: string[];
                uses?: {
                    /**
                     * @description one of deny, allow
                     * @enum {string}
                     */
                    copy?: "deny" | "allow";
                    /**
                     * @description one of deny, mask
                     * @enum {string}
                     */
                    derived?: "deny" | "mask";
                    /**
                     * @description one of deny, allow
                     * @enum {string}
                     */
                    key?: "deny" | "allow";
                    /**
                     * @description one of none, equality, any
                     * @enum {string}
                     */
                    predicate?: "none" | "equality" | "any";
                    /**
                     * @description one of deny, allow
                     * @enum {string}
                     */
                    sink?: "deny" | "allow";
                };
            }[];
            /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
            name: string;
            /**
             * @description one of strict, buffered
             * @enum {string}
             */
            record?: "strict" | "buffered";
            recording?: {
                /** @description none, digest, all, or a number of rows */
                rows: ("none" | "digest" | "all") | number;
            };
            resources: {
                labels?: {
                    [key: string]: string;
                };
                names?: string[];
            };
            rules?: {
                /**
                 * @description one of allow, hold, deny
                 * @enum {string}
                 */
                action: "allow" | "hold" | "deny";
                approvers?: {
                    count?: number;
                    groups?: string[];
                    principals?: string[];
                }[];
                hold?: {
                    /** @description retry, refuse, or { wait: 30s } */
                    in_transaction?: ("retry" | "refuse") | {
                        /** @description a duration such as 30s, 10m, 24h or 7d */
                        wait: string;
                    };
                    max_rows?: number;
                    /**
                     * @description one of wait, retry
                     * @enum {string}
                     */
                    mode?: "wait" | "retry";
                    reason_required?: boolean;
                    /** @description a duration such as 30s, 10m, 24h or 7d */
                    ttl?: string;
                    /** @description a duration such as 30s, 10m, 24h or 7d */
                    wait?: string;
                };
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                id: string;
                match?: {
                    /**
                     * @description one of exact, unknown
                     * @enum {string}
                     */
                    certainty?: "exact" | "unknown";
                    effects?: {
                        all?: string[];
                        any?: string[];
                        none?: string[];
                        only?: string[];
                    };
                    facts?: {
                        [key: string]: (boolean | number | string | null) | (boolean | number | string | null)[];
                    };
                    functions?: string[];
                    touches?: {
                        /**
                         * @description one of read, write
                         * @enum {string}
                         */
                        access?: "read" | "write";
                        /** @description lower-case letters, digits and _, at most 63 */
                        kind?: string;
                        labels?: string[];
                        name?: string;
                    }[];
                    verbs?: string[];
                };
                message?: string;
                shadow?: boolean;
                when?: string;
            }[];
            subjects: {
                claims?: {
                    [key: string]: boolean | number | string | null;
                };
                groups?: string[];
                kinds?: ("human" | "service" | "agent")[];
                principals?: string[];
                providers?: string[];
            };
            tests?: {
                as: {
                    claims?: {
                        [key: string]: boolean | number | string | null;
                    };
                    groups?: string[];
                    /**
                     * @description one of human, service, agent
                     * @enum {string}
                     */
                    kind?: "human" | "service" | "agent";
                    principal?: string;
                    provider?: string;
                };
                /**
                 * @description one of allow, hold, deny
                 * @enum {string}
                 */
                expect: "allow" | "hold" | "deny";
                resource: string;
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                rule?: string;
                statement: string;
            }[];
        };
        /** NewResourceBody */
        NewResourceBody: {
            /** @description Labels an agent must have to serve it; empty: the pool `default` */
            agent_selector?: {
                [key: string]: string;
            };
            /** @enum {string} */
            kind?: "resource";
            /** @description Names and values; policies and scoped roles match them */
            labels?: {
                [key: string]: string;
            };
            /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
            name: string;
            protocol: string;
            /** @description The protocol's own document; its secret fields are write-only */
            target: {
                [key: string]: unknown;
            };
        };
        /** NewTrustProviderBody */
        NewTrustProviderBody: {
            /** @description Audiences of REST; never one of the data path */
            api_audiences?: string[];
            /** @description Audiences of the data path */
            audiences?: string[];
            /** @description Claim or CEL over claims for the groups */
            groups?: string;
            /** @description `iss` of its tokens, compared character by character */
            issuer: string;
            /** @description Absent: found by discovery below the issuer */
            jwks_uri?: string;
            /** @description Claim or CEL over claims for the kind of principal: human, service or agent. `trust-provider` says only what the document is */
            kind?: string;
            /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
            name: string;
            /** @description Claim or CEL over claims for who answers for a non-human principal */
            owner?: string;
            /** @description Claim or CEL over claims for what makes two principals the same human */
            person?: string;
            /** @description Bare names in allow, hold, role and approver documents mean its principals */
            primary?: boolean;
            /** @description Claim or CEL over claims for the kind of principal, where `kind` says what the document is */
            principal_kind?: string;
            sign_in?: {
                client_id: string;
                /** @description Write-only */
                client_secret?: string | null;
                scopes?: string[];
            };
            /** @description Claim or CEL over claims for the subject; `sub` unless said */
            subject?: string;
        };
        /** Policy */
        Policy: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            created_at: string;
            /** @description SHA-256 in hex of the canonical document */
            hash: string;
            /** @description an id: pol_ and 26 of [0-9a-z] */
            id: string;
            /** @enum {string} */
            kind: "policy";
            masks?: {
                /** @description redact, hash, nullify, or { partial: { keep: domain | first | last | year | month, count? } } */
                as: ("redact" | "hash" | "nullify") | {
                    partial: {
                        /** @description characters kept, a whole number from 1 to 16 */
                        count?: number;
                        /**
                         * @description one of domain, first, last, year, month
                         * @enum {string}
                         */
                        keep: "domain" | "first" | "last" | "year" | "month";
                    };
                };
                columns?: string[];
                detect?: ("email" | "phone" | "card" | "iban" | "ssn" | "ip" | "jwt" | "aws_key" | "api_key" | "private_key" | "password_hash" | "connection_string" | "credential")[];
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                id: string;
                labels?: string[];
                uses?: {
                    /**
                     * @description one of deny, allow
                     * @enum {string}
                     */
                    copy?: "deny" | "allow";
                    /**
                     * @description one of deny, mask
                     * @enum {string}
                     */
                    derived?: "deny" | "mask";
                    /**
                     * @description one of deny, allow
                     * @enum {string}
                     */
                    key?: "deny" | "allow";
                    /**
                     * @description one of none, equality, any
                     * @enum {string}
                     */
                    predicate?: "none" | "equality" | "any";
                    /**
                     * @description one of deny, allow
                     * @enum {string}
                     */
                    sink?: "deny" | "allow";
                };
            }[];
            /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
            name: string;
            /**
             * @description one of strict, buffered
             * @enum {string}
             */
            record?: "strict" | "buffered";
            recording?: {
                /** @description none, digest, all, or a number of rows */
                rows: ("none" | "digest" | "all") | number;
            };
            resources: {
                labels?: {
                    [key: string]: string;
                };
                names?: string[];
            };
            rules?: {
                /**
                 * @description one of allow, hold, deny
                 * @enum {string}
                 */
                action: "allow" | "hold" | "deny";
                approvers?: {
                    count?: number;
                    groups?: string[];
                    principals?: string[];
                }[];
                hold?: {
                    /** @description retry, refuse, or { wait: 30s } */
                    in_transaction?: ("retry" | "refuse") | {
                        /** @description a duration such as 30s, 10m, 24h or 7d */
                        wait: string;
                    };
                    max_rows?: number;
                    /**
                     * @description one of wait, retry
                     * @enum {string}
                     */
                    mode?: "wait" | "retry";
                    reason_required?: boolean;
                    /** @description a duration such as 30s, 10m, 24h or 7d */
                    ttl?: string;
                    /** @description a duration such as 30s, 10m, 24h or 7d */
                    wait?: string;
                };
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                id: string;
                match?: {
                    /**
                     * @description one of exact, unknown
                     * @enum {string}
                     */
                    certainty?: "exact" | "unknown";
                    effects?: {
                        all?: string[];
                        any?: string[];
                        none?: string[];
                        only?: string[];
                    };
                    facts?: {
                        [key: string]: (boolean | number | string | null) | (boolean | number | string | null)[];
                    };
                    functions?: string[];
                    touches?: {
                        /**
                         * @description one of read, write
                         * @enum {string}
                         */
                        access?: "read" | "write";
                        /** @description lower-case letters, digits and _, at most 63 */
                        kind?: string;
                        labels?: string[];
                        name?: string;
                    }[];
                    verbs?: string[];
                };
                message?: string;
                shadow?: boolean;
                when?: string;
            }[];
            subjects: {
                claims?: {
                    [key: string]: boolean | number | string | null;
                };
                groups?: string[];
                kinds?: ("human" | "service" | "agent")[];
                principals?: string[];
                providers?: string[];
            };
            tests?: {
                as: {
                    claims?: {
                        [key: string]: boolean | number | string | null;
                    };
                    groups?: string[];
                    /**
                     * @description one of human, service, agent
                     * @enum {string}
                     */
                    kind?: "human" | "service" | "agent";
                    principal?: string;
                    provider?: string;
                };
                /**
                 * @description one of allow, hold, deny
                 * @enum {string}
                 */
                expect: "allow" | "hold" | "deny";
                resource: string;
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                rule?: string;
                statement: string;
            }[];
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            updated_at: string;
            /** @description What it asks for and this build does not do, and what happens instead */
            readonly warnings: string[];
        };
        /** PolicyBody */
        PolicyBody: {
            /** @enum {string} */
            kind?: "policy";
            masks?: {
                /** @description redact, hash, nullify, or { partial: { keep: domain | first | last | year | month, count? } } */
                as: ("redact" | "hash" | "nullify") | {
                    partial: {
                        /** @description characters kept, a whole number from 1 to 16 */
                        count?: number;
                        /**
                         * @description one of domain, first, last, year, month
                         * @enum {string}
                         */
                        keep: "domain" | "first" | "last" | "year" | "month";
                    };
                };
                columns?: string[];
                detect?: ("email" | "phone" | "card" | "iban" | "ssn" | "ip" | "jwt" | "aws_key" | "api_key" | "private_key" | "password_hash" | "connection_string" | "credential")[];
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                id: string;
                labels?: string[];
                uses?: {
                    /**
                     * @description one of deny, allow
                     * @enum {string}
                     */
                    copy?: "deny" | "allow";
                    /**
                     * @description one of deny, mask
                     * @enum {string}
                     */
                    derived?: "deny" | "mask";
                    /**
                     * @description one of deny, allow
                     * @enum {string}
                     */
                    key?: "deny" | "allow";
                    /**
                     * @description one of none, equality, any
                     * @enum {string}
                     */
                    predicate?: "none" | "equality" | "any";
                    /**
                     * @description one of deny, allow
                     * @enum {string}
                     */
                    sink?: "deny" | "allow";
                };
            }[];
            /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
            name?: string;
            /**
             * @description one of strict, buffered
             * @enum {string}
             */
            record?: "strict" | "buffered";
            recording?: {
                /** @description none, digest, all, or a number of rows */
                rows: ("none" | "digest" | "all") | number;
            };
            resources: {
                labels?: {
                    [key: string]: string;
                };
                names?: string[];
            };
            rules?: {
                /**
                 * @description one of allow, hold, deny
                 * @enum {string}
                 */
                action: "allow" | "hold" | "deny";
                approvers?: {
                    count?: number;
                    groups?: string[];
                    principals?: string[];
                }[];
                hold?: {
                    /** @description retry, refuse, or { wait: 30s } */
                    in_transaction?: ("retry" | "refuse") | {
                        /** @description a duration such as 30s, 10m, 24h or 7d */
                        wait: string;
                    };
                    max_rows?: number;
                    /**
                     * @description one of wait, retry
                     * @enum {string}
                     */
                    mode?: "wait" | "retry";
                    reason_required?: boolean;
                    /** @description a duration such as 30s, 10m, 24h or 7d */
                    ttl?: string;
                    /** @description a duration such as 30s, 10m, 24h or 7d */
                    wait?: string;
                };
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                id: string;
                match?: {
                    /**
                     * @description one of exact, unknown
                     * @enum {string}
                     */
                    certainty?: "exact" | "unknown";
                    effects?: {
                        all?: string[];
                        any?: string[];
                        none?: string[];
                        only?: string[];
                    };
                    facts?: {
                        [key: string]: (boolean | number | string | null) | (boolean | number | string | null)[];
                    };
                    functions?: string[];
                    touches?: {
                        /**
                         * @description one of read, write
                         * @enum {string}
                         */
                        access?: "read" | "write";
                        /** @description lower-case letters, digits and _, at most 63 */
                        kind?: string;
                        labels?: string[];
                        name?: string;
                    }[];
                    verbs?: string[];
                };
                message?: string;
                shadow?: boolean;
                when?: string;
            }[];
            subjects: {
                claims?: {
                    [key: string]: boolean | number | string | null;
                };
                groups?: string[];
                kinds?: ("human" | "service" | "agent")[];
                principals?: string[];
                providers?: string[];
            };
            tests?: {
                as: {
                    claims?: {
                        [key: string]: boolean | number | string | null;
                    };
                    groups?: string[];
                    /**
                     * @description one of human, service, agent
                     * @enum {string}
                     */
                    kind?: "human" | "service" | "agent";
                    principal?: string;
                    provider?: string;
                };
                /**
                 * @description one of allow, hold, deny
                 * @enum {string}
                 */
                expect: "allow" | "hold" | "deny";
                resource: string;
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                rule?: string;
                statement: string;
            }[];
        };
        /** PolicyPage */
        PolicyPage: {
            items: components["schemas"]["Policy"][];
            next_cursor: string | null;
        };
        /** PolicyTestReport */
        PolicyTestReport: {
            failed: number;
            /** @description Every test that fails, and why */
            failures: {
                message: string;
                /** @description JSON pointer of the test in the document */
                path: string;
            }[];
            /** @description SHA-256 in hex of the canonical document */
            hash: string;
            /** @description Whether an agent has told what the target of a resource holds; without it, what depends on it is unknown */
            models: {
                known: boolean;
                resource: string;
            }[];
            /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
            name: string;
            passed: number;
            /** @description What it asks for and this build does not do, and what happens instead */
            readonly warnings: string[];
        };
        /** Posture */
        Posture: {
            /** @description Who looked last */
            agent: string;
            /** @description When the findings were true; null until a look succeeded */
            checked_at: string | null;
            database: string;
            /** @description Why the last look failed; null when it did not */
            error: string | null;
            /** @description The gravest first */
            findings: components["schemas"]["Finding"][];
        };
        /** Problem */
        Problem: {
            /** @description Stable; a key of the error catalogue */
            code: string;
            detail: string;
            /** @description Every wrong field */
            errors?: {
                message: string;
                /** @description JSON pointer of the wrong field */
                path: string;
            }[];
            request_id: string;
            status: number;
            title: string;
            /** @description urn:sallyport:problem:<code> */
            type: string;
        };
        /** Resource */
        Resource: {
            /** @description Names and values; policies and scoped roles match them */
            agent_selector: {
                [key: string]: string;
            };
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            created_at: string;
            /** @description an id: res_ and 26 of [0-9a-z] */
            id: string;
            /** @description Names and values; policies and scoped roles match them */
            labels: {
                [key: string]: string;
            };
            /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
            name: string;
            /** @description What an agent found out about the target by looking at it; null until one has, absent where agents look at nothing */
            posture?: components["schemas"]["Posture"] | null;
            protocol: string;
            /** @description Secret fields that are set, as JSON pointers below `target` */
            secrets: string[];
            /** @description The protocol's own document; its secret fields are write-only */
            target: {
                [key: string]: unknown;
            };
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            updated_at: string;
            /** @description What of its posture should not stay so */
            warnings: string[];
        };
        /** ResourceBody */
        ResourceBody: {
            /** @description Labels an agent must have to serve it; empty: the pool `default` */
            agent_selector?: {
                [key: string]: string;
            };
            /** @enum {string} */
            kind?: "resource";
            /** @description Names and values; policies and scoped roles match them */
            labels?: {
                [key: string]: string;
            };
            /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
            name?: string;
            protocol: string;
            /** @description The protocol's own document; its secret fields are write-only */
            target: {
                [key: string]: unknown;
            };
        };
        /** ResourcePage */
        ResourcePage: {
            items: components["schemas"]["Resource"][];
            next_cursor: string | null;
        };
        /** Role */
        Role: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            created_at: string;
            /** @description Who has the role: a group of the provider, or else a subject */
            group?: string;
            /** @description an id: rol_ and 26 of [0-9a-z] */
            id: string;
            /** @description Only for resources whose labels hold every pair */
            labels?: {
                [key: string]: string;
            };
            /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
            name: string;
            /** @description Trust provider; absent: the primary one */
            provider?: string;
            /** @enum {string} */
            role: "viewer" | "auditor" | "approver" | "operator" | "admin";
            /** @description 1 to 255 characters without control characters */
            subject?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            updated_at: string;
        };
        /** RoleBody */
        RoleBody: {
            /** @description Who has the role: a group of the provider, or else a subject */
            group?: string;
            /** @enum {string} */
            kind?: "role";
            /** @description Only for resources whose labels hold every pair */
            labels?: {
                [key: string]: string;
            };
            /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
            name?: string;
            /** @description Trust provider; absent: the primary one */
            provider?: string;
            /** @enum {string} */
            role: "viewer" | "auditor" | "approver" | "operator" | "admin";
            /** @description 1 to 255 characters without control characters */
            subject?: string;
        };
        /** RolePage */
        RolePage: {
            items: components["schemas"]["Role"][];
            next_cursor: string | null;
        };
        /** Session */
        Session: {
            agent: string;
            client: {
                address: string;
                application: string | null;
            };
            database: string | null;
            duration_ms: number | null;
            end: {
                code: string;
                message: string;
            } | null;
            ended_at: string | null;
            /** @description an id: ses_ and 26 of [0-9a-z] */
            id: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            opened_at: string;
            principal: {
                groups: string[];
                /** @enum {string} */
                kind: "human" | "service" | "agent";
                name: string;
                provider: string;
                subject: string;
            };
            protocol: string;
            refused: number;
            resource: {
                id: string;
                name: string;
            };
            role: string | null;
            /** @description Returned or affected */
            rows: number;
            /** @enum {string} */
            state: "opening" | "active" | "ended";
            statements: number;
            terminate_asked_at: string | null;
            token_id: string;
        };
        /** SessionPage */
        SessionPage: {
            items: components["schemas"]["Session"][];
            next_cursor: string | null;
        };
        /** Setup */
        Setup: {
            /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
            role: string;
            /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
            trust_provider: string;
        };
        /** SetupBody */
        SetupBody: {
            /** @description Who administers from now on: { group } or { subject } of that provider; a bare text is a subject */
            admin: {
                /** @description 1 to 255 characters without control characters */
                group: string;
            } | {
                /** @description 1 to 255 characters without control characters */
                subject: string;
            } | string;
            /** @description As the last start of the control plane printed it */
            claim: string;
            trust_provider: components["schemas"]["TrustProviderBody"];
        };
        /** SuggestedLabel */
        SuggestedLabel: {
            column: string;
            /** @description Whose finding it is */
            detector: string;
            /** @description That the resource gives the column now */
            existing_labels: string[];
            label: string;
            /** @description Values that the detector took for its own */
            matched: number;
            /** @description Values it was shown; nulls are not */
            sampled: number;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            suggested_at: string;
        };
        /** TerminateBody */
        TerminateBody: {
            /** @description 1 to 500 characters, shown to whom it hits */
            message?: string;
        };
        /** TrustProvider */
        TrustProvider: {
            api_audiences: string[];
            audiences: string[];
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            created_at: string;
            /** @description Claim or CEL over claims for the groups */
            groups?: string;
            /** @description an id: tpr_ and 26 of [0-9a-z] */
            id: string;
            /** @description `iss` of its tokens, compared character by character */
            issuer: string;
            /** @description Absent: found by discovery below the issuer */
            jwks_uri?: string;
            /** @description The published keys as last fetched, and why the last attempt failed */
            keys: {
                count: number;
                error: string | null;
                fetched_at: string | null;
            };
            /** @description Claim or CEL over claims for the kind of principal */
            kind?: string;
            /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
            name: string;
            /** @description Claim or CEL over claims for who answers for a non-human principal */
            owner?: string;
            /** @description Claim or CEL over claims for what makes two principals the same human */
            person?: string;
            primary: boolean;
            sign_in?: {
                client_id: string;
                client_secret_set: boolean;
                scopes: string[];
            };
            /** @description Claim or CEL over claims for the subject */
            subject: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            updated_at: string;
        };
        /** TrustProviderBody */
        TrustProviderBody: {
            /** @description Audiences of REST; never one of the data path */
            api_audiences?: string[];
            /** @description Audiences of the data path */
            audiences?: string[];
            /** @description Claim or CEL over claims for the groups */
            groups?: string;
            /** @description `iss` of its tokens, compared character by character */
            issuer: string;
            /** @description Absent: found by discovery below the issuer */
            jwks_uri?: string;
            /** @description Claim or CEL over claims for the kind of principal: human, service or agent. `trust-provider` says only what the document is */
            kind?: string;
            /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
            name?: string;
            /** @description Claim or CEL over claims for who answers for a non-human principal */
            owner?: string;
            /** @description Claim or CEL over claims for what makes two principals the same human */
            person?: string;
            /** @description Bare names in allow, hold, role and approver documents mean its principals */
            primary?: boolean;
            /** @description Claim or CEL over claims for the kind of principal, where `kind` says what the document is */
            principal_kind?: string;
            sign_in?: {
                client_id: string;
                /** @description Write-only */
                client_secret?: string | null;
                scopes?: string[];
            };
            /** @description Claim or CEL over claims for the subject; `sub` unless said */
            subject?: string;
        };
        /** TrustProviderPage */
        TrustProviderPage: {
            items: components["schemas"]["TrustProvider"][];
            next_cursor: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok";
                    };
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok";
                    };
                };
            };
        };
    };
    list_agents: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                limit?: number;
                state?: "enrolled" | "connected" | "disconnected" | "quarantined" | "revoked";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentPage"];
                };
            };
        };
    };
    get_agent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id: agt_ and 26 of [0-9a-z] */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
        };
    };
    revoke_agent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id: agt_ and 26 of [0-9a-z] */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    patch_agent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id: agt_ and 26 of [0-9a-z] */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentPatch"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
        };
    };
    release_agent: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request gets the same answer once more, for a day */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description an id: agt_ and 26 of [0-9a-z] */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
        };
    };
    create_join_token: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request gets the same answer once more, for a day */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JoinTokenBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JoinToken"];
                };
            };
        };
    };
    list_approvals: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                limit?: number;
                /** @description Whose request: name, or provider/subject */
                principal?: string;
                /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
                resource?: string;
                state?: "requested" | "approved" | "denied" | "expired" | "withdrawn" | "used" | "revoked";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalPage"];
                };
            };
        };
    };
    get_approval: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id: apr_ and 26 of [0-9a-z] */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Approval"];
                };
            };
        };
    };
    decide_approval: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request gets the same answer once more, for a day */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description an id: apr_ and 26 of [0-9a-z] */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecisionBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Approval"];
                };
            };
        };
    };
    list_audit_events: {
        parameters: {
            query?: {
                /** @description provider/subject of who did an administrative act */
                actor?: string;
                cursor?: string;
                limit?: number;
                session?: string;
                /** @description RFC 3339, UTC */
                since?: string;
                source?: "agent" | "control-plane";
                /** @description `statement.decided`, `resource.update`, ... */
                type?: string;
                /** @description RFC 3339, UTC */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEventPage"];
                };
            };
        };
    };
    list_grants: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                limit?: number;
                /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
                resource?: string;
                state?: "in_force" | "used" | "expired" | "revoked";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantPage"];
                };
            };
        };
    };
    get_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id: gra_ and 26 of [0-9a-z] */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Grant"];
                };
            };
        };
    };
    revoke_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id: gra_ and 26 of [0-9a-z] */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_locks: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LockPage"];
                };
            };
        };
    };
    create_lock: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request gets the same answer once more, for a day */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LockBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lock"];
                };
            };
        };
    };
    get_lock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id: lck_ and 26 of [0-9a-z] */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lock"];
                };
            };
        };
    };
    delete_lock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id: lck_ and 26 of [0-9a-z] */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_masking_keys: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaskingKeyPage"];
                };
            };
        };
    };
    rotate_masking_keys: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request gets the same answer once more, for a day */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A key of hashed values, without the key */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaskingKey"];
                };
            };
        };
    };
    get_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
        };
    };
    list_policies: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyPage"];
                };
            };
        };
    };
    create_policy: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request gets the same answer once more, for a day */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPolicyBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Policy"];
                };
            };
        };
    };
    get_policy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Policy"];
                };
            };
        };
    };
    put_policy: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the record must still have */
                "if-match"?: string;
                /** @description `*`: only if the record does not exist yet */
                "if-none-match"?: string;
            };
            path: {
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PolicyBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Policy"];
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Policy"];
                };
            };
        };
    };
    delete_policy: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the record must still have */
                "if-match"?: string;
                /** @description `*`: only if the record does not exist yet */
                "if-none-match"?: string;
            };
            path: {
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    patch_policy: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the record must still have */
                "if-match"?: string;
                /** @description `*`: only if the record does not exist yet */
                "if-none-match"?: string;
            };
            path: {
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Policy"];
                };
            };
        };
    };
    evaluate_policies: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request gets the same answer once more, for a day */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EvaluateBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Evaluation"];
                };
            };
        };
    };
    test_policy: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request gets the same answer once more, for a day */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PolicyBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyTestReport"];
                };
            };
        };
    };
    list_resources: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                limit?: number;
                protocol?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResourcePage"];
                };
            };
        };
    };
    create_resource: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request gets the same answer once more, for a day */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewResourceBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resource"];
                };
            };
        };
    };
    get_resource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resource"];
                };
            };
        };
    };
    put_resource: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the record must still have */
                "if-match"?: string;
                /** @description `*`: only if the record does not exist yet */
                "if-none-match"?: string;
            };
            path: {
                /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResourceBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resource"];
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resource"];
                };
            };
        };
    };
    delete_resource: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the record must still have */
                "if-match"?: string;
                /** @description `*`: only if the record does not exist yet */
                "if-none-match"?: string;
            };
            path: {
                /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    patch_resource: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the record must still have */
                "if-match"?: string;
                /** @description `*`: only if the record does not exist yet */
                "if-none-match"?: string;
            };
            path: {
                /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resource"];
                };
            };
        };
    };
    get_label_suggestions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LabelSuggestions"];
                };
            };
        };
    };
    suggest_labels: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request gets the same answer once more, for a day */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LabelSuggestionBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LabelSuggestions"];
                };
            };
        };
    };
    list_roles: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolePage"];
                };
            };
        };
    };
    create_role: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request gets the same answer once more, for a day */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoleBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
        };
    };
    get_role: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
        };
    };
    put_role: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the record must still have */
                "if-match"?: string;
                /** @description `*`: only if the record does not exist yet */
                "if-none-match"?: string;
            };
            path: {
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoleBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
        };
    };
    delete_role: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the record must still have */
                "if-match"?: string;
                /** @description `*`: only if the record does not exist yet */
                "if-none-match"?: string;
            };
            path: {
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    patch_role: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the record must still have */
                "if-match"?: string;
                /** @description `*`: only if the record does not exist yet */
                "if-none-match"?: string;
            };
            path: {
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
        };
    };
    list_sessions: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                limit?: number;
                /** @description Name, or provider/subject */
                principal?: string;
                /** @description 1 to 255 characters without control characters */
                protocol?: string;
                /** @description lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name */
                resource?: string;
                /** @description Opened at or after */
                since?: string;
                state?: "opening" | "active" | "ended";
                /** @description A statement holds this text */
                text?: string;
                /** @description Opened before */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
        };
    };
    get_session: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an id: ses_ and 26 of [0-9a-z] */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    list_session_events: {
        parameters: {
            query?: {
                /** @description a cursor that this server gave out */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                /** @description an id: ses_ and 26 of [0-9a-z] */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEventPage"];
                };
            };
        };
    };
    terminate_session: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request gets the same answer once more, for a day */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description an id: ses_ and 26 of [0-9a-z] */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TerminateBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    setup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetupBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Setup"];
                };
            };
        };
    };
    list_trust_providers: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrustProviderPage"];
                };
            };
        };
    };
    create_trust_provider: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request gets the same answer once more, for a day */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTrustProviderBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrustProvider"];
                };
            };
        };
    };
    get_trust_provider: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrustProvider"];
                };
            };
        };
    };
    put_trust_provider: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the record must still have */
                "if-match"?: string;
                /** @description `*`: only if the record does not exist yet */
                "if-none-match"?: string;
            };
            path: {
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrustProviderBody"];
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrustProvider"];
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrustProvider"];
                };
            };
        };
    };
    delete_trust_provider: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the record must still have */
                "if-match"?: string;
                /** @description `*`: only if the record does not exist yet */
                "if-none-match"?: string;
            };
            path: {
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    patch_trust_provider: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the record must still have */
                "if-match"?: string;
                /** @description `*`: only if the record does not exist yet */
                "if-none-match"?: string;
            };
            path: {
                /** @description lower-case letters, digits, ., _ and -, at most 63, a letter or digit first */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Default Response */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrustProvider"];
                };
            };
        };
    };
}
