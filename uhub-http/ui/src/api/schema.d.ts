// Generated from the OpenAPI document by `cargo xtask generate`. Do not edit.

export interface paths {
    "/admin/seeds/demo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Imports the demo. Twice is once. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was found and made */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SeedReport"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/approvals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Approvals, pending ones first, then the newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description In this state. */
                    state?: components["schemas"]["ApprovalState"];
                    /** @description At most so many items. */
                    limit?: number;
                    /** @description The `next_cursor` of the page before. */
                    cursor?: components["schemas"]["PageCursor"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Approvals */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["List_Approval"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/approvals/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One approval. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The approval's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The approval */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Approval"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/approvals/{id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approves: what was asked for may happen, once. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The approval's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["Approve"] | null;
                };
            };
            responses: {
                /** @description The approval */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Approval"];
                    };
                };
                /** @description The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/approvals/{id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Rejects, with the reason. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The approval's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Reject"];
                };
            };
            responses: {
                /** @description The approval */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Approval"];
                    };
                };
                /** @description The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Audit entries, the newest first. Role projets sees those of its own projects. */
        get: {
            parameters: {
                query?: {
                    /** @description By this user, by id. */
                    actor?: string;
                    /** @description On this thing, by id. */
                    object?: string;
                    /** @description Of this action, such as `job.move`. */
                    action?: components["schemas"]["Query"];
                    /** @description At or after. */
                    from?: components["schemas"]["Instant"];
                    /** @description Before. */
                    to?: components["schemas"]["Instant"];
                    /** @description At most so many items. */
                    limit?: number;
                    /** @description The `next_cursor` of the page before. */
                    cursor?: components["schemas"]["PageCursor"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Entries */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["List_AuditItem"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Walks the whole chain. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was found */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Verification"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/calendar-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes the token of the caller's calendar feed, in place of any earlier one. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The token: it is shown once */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CalendarToken"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Revokes the token of the caller's calendar feed. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description No token is valid any more */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller, with what a user interface may offer. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The caller */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A new token for the session whose cookie comes along, which is renewed as well. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A token, and the session's cookie */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TokenAnswer"];
                    };
                };
                /** @description There is no session, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs in by password as `/auth/token` does, for browsers: the token is short, and a cookie renews it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/x-www-form-urlencoded": components["schemas"]["TokenForm"];
                };
            };
            responses: {
                /** @description A token, and the session's cookie */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TokenAnswer"];
                    };
                };
                /** @description No token */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TokenError"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many attempts */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TokenError"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /**
         * Signs out: the browser forgets its session. With `everywhere` whatever the user signed in to ends, for which the session's
         *     cookie or a token has to come along; API tokens stay.
         */
        delete: {
            parameters: {
                query?: {
                    /** @description All sessions of the user and their tokens, wherever they are, in place of this browser's. API tokens stay. */
                    everywhere?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It is over */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Nobody says whose sessions shall end */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs in by password: the OAuth2 password flow (RFC 6749 §4.3). Errors follow §5.2. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/x-www-form-urlencoded": components["schemas"]["TokenForm"];
                };
            };
            responses: {
                /** @description A token */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TokenAnswer"];
                    };
                };
                /** @description No token */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TokenError"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many attempts */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TokenError"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/bootstrap/admin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes the first admin, once. From elsewhere than the server's own machine it needs the token that the server printed
         *     when it started.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Bootstrap"];
                };
            };
            responses: {
                /** @description The admin */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
                /** @description The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar.ics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The jobs of half a year before and after now, for calendar programs: of the whole hub, a project, a person. The token may
         *     read this feed and nothing else.
         */
        get: {
            parameters: {
                query: {
                    /** @description The caller's token, from `POST /auth/calendar-token`. */
                    token: string;
                    /** @description Of this project. */
                    project_id?: string;
                    /** @description Created by, or assigned to, this user. */
                    person?: string;
                    /** @description Only the caller's own: created by, or assigned to. */
                    mine?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The feed */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/calendar": string;
                    };
                };
                /** @description No such feed */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/conflicts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What collides: jobs that hang together by overlaps in one pool, and freeze windows with what lies in them. */
        get: {
            parameters: {
                query: {
                    /** @description From this instant on. */
                    start: components["schemas"]["Instant"];
                    /** @description Up to this instant, at most 400 days later. */
                    end: components["schemas"]["Instant"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Groups */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConflictGroup"][];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The calendar's events, as FullCalendar reads them. What has not changed is served again without reading it again; the
         *     answer is never older than the request.
         */
        get: {
            parameters: {
                query: {
                    /** @description From this instant on. Without an offset it is local time in `timeZone`. */
                    start: components["schemas"]["Instant"];
                    /** @description Up to this instant, at most 400 days later. */
                    end: components["schemas"]["Instant"];
                    /** @description The zone of instants without an offset; `local` and nothing mean the hub's. */
                    timeZone?: string;
                    /** @description Of this project. */
                    project_id?: string;
                    /** @description In environments of this name. */
                    environment?: components["schemas"]["Query"];
                    /** @description Of this type. */
                    job_type?: components["schemas"]["JobType"];
                    /** @description Only the caller's own: created by, or assigned to. */
                    mine?: boolean;
                    /** @description What the colours tell. */
                    color_by?: "project" | "type" | "status";
                };
                header?: {
                    /** @description The ETag of the answer at hand */
                    "If-None-Match"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Events */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CalendarEvent"][];
                    };
                };
                /** @description Nothing has changed */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The calendar as an iCalendar file: of the whole hub, a project, a person. */
        get: {
            parameters: {
                query?: {
                    /** @description From this instant on; by default half a year before now. */
                    start?: components["schemas"]["Instant"];
                    /** @description Up to this instant; by default half a year after now. */
                    end?: components["schemas"]["Instant"];
                    /** @description Of this project. */
                    project_id?: string;
                    /** @description Created by, or assigned to, this user. */
                    person?: string;
                    /** @description Only the caller's own: created by, or assigned to. */
                    mine?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The file */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/calendar": string;
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes in the events of another calendar, as meetings or as freeze windows: all of them, or none. A meeting that repeats
         *     becomes a series, a window that repeats single windows, 400 days ahead. The same file again changes nothing, a later one
         *     what differs; what it no longer names stays.
         */
        post: {
            parameters: {
                query?: {
                    /** @description Says what would happen, and changes nothing. */
                    dry_run?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ImportEvents"];
                };
            };
            responses: {
                /** @description What came of it, or with `dry_run` would */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ImportedEvents"];
                    };
                };
                /** @description The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The moves that free every conflict with the least total shift, in order within a pool. With `apply`, does those that
         *     the caller may.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Resolve"];
                };
            };
            responses: {
                /** @description The moves */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Resolved"];
                    };
                };
                /** @description The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Changes of jobs, runs, approvals, projects, users and freeze windows, and of conflicts, by id. `event: reset` says that
         *     some were lost: read everything again. It is also the first event.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Changes, until the token ends */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/freezes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All freeze windows. */
        get: {
            parameters: {
                query?: {
                    /** @description At most so many items. */
                    limit?: number;
                    /** @description The `next_cursor` of the page before. */
                    cursor?: components["schemas"]["PageCursor"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Freeze windows, in the order of creation */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["List_Freeze"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Creates a freeze window: nothing may move in or run. */
        post: {
            parameters: {
                query?: {
                    /** @description Says what would happen, and changes nothing. */
                    dry_run?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewFreeze"];
                };
            };
            responses: {
                /** @description With `dry_run`: what it would stop */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FreezeOutcome"];
                    };
                };
                /** @description The window, with the jobs that it stops */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FreezeOutcome"];
                    };
                };
                /** @description The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/freezes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends a freeze window. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The window's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It no longer holds */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process answers. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It lives */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Health"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hooks/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes in a CI's message about a run that a webhook started, signed with the key that the webhook carried. */
        post: {
            parameters: {
                query?: {
                    /** @description The run's attempt, as the address that the hub gave has it. */
                    attempt?: number;
                };
                header?: {
                    /** @description Unix seconds, at most five minutes off */
                    "X-UHub-Timestamp"?: string;
                    /** @description `sha256=` and the HMAC-SHA256, in hex, of the timestamp, a full stop and the raw body */
                    "X-UHub-Signature"?: string;
                };
                path: {
                    /** @description The run's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Callback"];
                };
            };
            responses: {
                /** @description It is taken in, and whoever follows the run is told */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Whatever is wrong: the run, the attempt, the time or the signature, or it came before */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a sign-in page needs to know: which zone, whether anybody is there yet, and on a demo hub with whom to try it. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The hub */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HubInfo"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Jobs that match, by start. */
        get: {
            parameters: {
                query?: {
                    /** @description Of this project. */
                    project_id?: string;
                    /** @description In environments of this name. */
                    environment?: components["schemas"]["Query"];
                    /** @description In this tier. */
                    tier?: components["schemas"]["Tier"];
                    /** @description Of this type. */
                    job_type?: components["schemas"]["JobType"];
                    /** @description With this status. */
                    status?: components["schemas"]["JobStatus"];
                    /** @description Ending after. */
                    from?: components["schemas"]["Instant"];
                    /** @description Starting before. */
                    to?: components["schemas"]["Instant"];
                    /** @description With this text in the title. */
                    q?: components["schemas"]["Query"];
                    /** @description Only the caller's own: created by, or assigned to. */
                    mine?: boolean;
                    /** @description At most so many items. */
                    limit?: number;
                    /** @description The `next_cursor` of the page before. */
                    cursor?: components["schemas"]["PageCursor"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Jobs */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["List_Job"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Plans a job. */
        post: {
            parameters: {
                query?: {
                    /** @description Says what would happen, and changes nothing. */
                    dry_run?: boolean;
                };
                header?: {
                    /** @description The same key with the same request is one job */
                    "Idempotency-Key"?: components["schemas"]["Key"];
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateJob"];
                };
            };
            responses: {
                /** @description With `dry_run`, the job as it would be, with what it would collide with */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Job"];
                    };
                };
                /** @description The job, with what it collides with */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Job"];
                    };
                };
                /** @description It waits for a second person */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["JobOutcome"];
                    };
                };
                /** @description The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One job. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The job's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The job */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Job"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Calls a job off. The row stays. */
        delete: {
            parameters: {
                query?: {
                    /** @description Of a job that repeats: this occurrence, this and the following, or all that have not begun. */
                    scope?: components["schemas"]["SeriesScope"];
                };
                header?: {
                    /** @description The ETag that was read */
                    "If-Match"?: components["schemas"]["EntityTag"];
                };
                path: {
                    /** @description The job's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The job */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Job"];
                    };
                };
                /** @description It waits for a second person; the job is as it was */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["JobOutcome"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It has changed since it was read */
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Changes a job: its slot, its words, its execution. */
        patch: {
            parameters: {
                query?: {
                    /** @description Says what would happen, and changes nothing. */
                    dry_run?: boolean;
                    /** @description Of a job that repeats: this occurrence, this and the following, or all that have not begun. */
                    scope?: components["schemas"]["SeriesScope"];
                };
                header?: {
                    /** @description The ETag that was read */
                    "If-Match"?: components["schemas"]["EntityTag"];
                };
                path: {
                    /** @description The job's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PatchJob"];
                };
            };
            responses: {
                /** @description The job, with what it collides with */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Job"];
                    };
                };
                /** @description It waits for a second person; the job is as it was */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["JobOutcome"];
                    };
                };
                /** @description The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It has changed since it was read */
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/jobs/{id}/done": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Marks a meeting, or a job without an execution, as done. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The job's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The job */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Job"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Launches a run of a job. */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key with the same request is one run */
                    "Idempotency-Key"?: components["schemas"]["Key"];
                };
                path: {
                    /** @description The job's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["Launch"] | null;
                };
            };
            responses: {
                /** @description The run: it waits for a worker */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                /** @description It waits for a second person */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LaunchOutcome"];
                    };
                };
                /** @description The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/suggestions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The nearest free slots of the same length, nearest first. The caller may move the job to each of them. */
        get: {
            parameters: {
                query?: {
                    /** @description At most so many. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description The job's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Slots */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Suggestion"][];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics, for admins or with the configured scrape token. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description In OpenMetrics text */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/openmetrics-text": string;
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All projects. */
        get: {
            parameters: {
                query?: {
                    /** @description At most so many items. */
                    limit?: number;
                    /** @description The `next_cursor` of the page before. */
                    cursor?: components["schemas"]["PageCursor"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Projects, in the order of creation */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["List_Project"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Creates a project. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateProject"];
                };
            };
            responses: {
                /** @description The project */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Project"];
                    };
                };
                /** @description The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/projects/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One project. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The project's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The project */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Project"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes a project. Policy, backend and limits are for admins. */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag that was read */
                    "If-Match"?: components["schemas"]["EntityTag"];
                };
                path: {
                    /** @description The project's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PatchProject"];
                };
            };
            responses: {
                /** @description The project */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Project"];
                    };
                };
                /** @description The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It has changed since it was read */
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The database answers too. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It can serve */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Health"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs that match, the newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description Of this job. */
                    job_id?: string;
                    /** @description With this status. */
                    status?: components["schemas"]["RunStatus"];
                    /** @description Asked for at or after. */
                    from?: components["schemas"]["Instant"];
                    /** @description Asked for before. */
                    to?: components["schemas"]["Instant"];
                    /** @description At most so many items. */
                    limit?: number;
                    /** @description The `next_cursor` of the page before. */
                    cursor?: components["schemas"]["PageCursor"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Runs */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["List_Run"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The run's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The run */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancels a run. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The run's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It will end as cancelled */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The log of a run, so far or live. Live, the `id` of an event is its place in the log, from 1 without a gap, and
         *     `Last-Event-ID` goes on behind it; `event: end` is the last.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Behind the chunk of this number; `Last-Event-ID` says the same. */
                    after?: number;
                };
                header?: {
                    /** @description The last event that was seen */
                    "Last-Event-ID"?: components["schemas"]["EventId"];
                };
                path: {
                    /** @description The run's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The log */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": string;
                        "text/event-stream": string;
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All series, or those of a project, in the order of creation. */
        get: {
            parameters: {
                query?: {
                    /** @description Of this project. */
                    project_id?: string;
                    /** @description At most so many items. */
                    limit?: number;
                    /** @description The `next_cursor` of the page before. */
                    cursor?: components["schemas"]["PageCursor"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Series */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["List_Series"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/series/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One series. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The series' id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The series */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Series"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All users. */
        get: {
            parameters: {
                query?: {
                    /** @description At most so many items. */
                    limit?: number;
                    /** @description The `next_cursor` of the page before. */
                    cursor?: components["schemas"]["PageCursor"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Users, in the order of creation */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["List_User"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Creates a user. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateUser"];
                };
            };
            responses: {
                /** @description The user */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
                /** @description The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One user. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The user's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The user */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes a user. One's own profile needs no right; one's own password needs `current_password`. */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag that was read */
                    "If-Match"?: components["schemas"]["EntityTag"];
                };
                path: {
                    /** @description The user's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PatchUser"];
                };
            };
            responses: {
                /** @description The user */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
                /** @description The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It has changed since it was read */
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/users/{id}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tokens of a user, revoked ones too: one's own, or for admins anybody's. */
        get: {
            parameters: {
                query?: {
                    /** @description At most so many items. */
                    limit?: number;
                    /** @description The `next_cursor` of the page before. */
                    cursor?: components["schemas"]["PageCursor"];
                };
                header?: never;
                path: {
                    /** @description The user's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Tokens, in the order of creation */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["List_ApiToken"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Makes a token: a person one's own, an admin one of a service account, and nobody by a token. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The user's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateToken"];
                };
            };
            responses: {
                /** @description The token: it is shown once */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewApiToken"];
                    };
                };
                /** @description The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body came too slowly */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has the wrong media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The input is not valid: `field` says where */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{id}/tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revokes a token from the next request on: one's own, or for admins anybody's. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The user's id */
                    id: string;
                    /** @description The token's id */
                    token_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It is worth nothing any more */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description There is no valid token */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The rules refuse it: `rule` says which */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It does not fit the present state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Something failed here */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An API token as it is listed. Never the token, never its hash. */
        ApiToken: {
            /** Format: date-time */
            created_at: string;
            /**
             * Format: uuid
             * @description Who made it; `null` where the machine's administrator did.
             */
            created_by: string | null;
            /**
             * Format: date-time
             * @description From when on it is worth nothing; `null` for never.
             */
            expires_at: string | null;
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description When it was last used, to some ten minutes.
             */
            last_used_at: string | null;
            /** @description What it is for. */
            name: string;
            /** @description How it begins. */
            prefix: string;
            /**
             * Format: date-time
             * @description Since when it is worth nothing.
             */
            revoked_at: string | null;
            scopes: components["schemas"]["Scope"][];
            /**
             * Format: uuid
             * @description Who acts by it.
             */
            user_id: string;
        };
        /** @description One decision by a second person, bound to the digest of exactly what it permits. */
        Approval: {
            change: components["schemas"]["Change"] | null;
            comment: string | null;
            /** Format: date-time */
            decided_at: string | null;
            /** Format: uuid */
            decided_by: string | null;
            /** @description SHA-256 over what it permits. */
            digest: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            job_id: string;
            kind: components["schemas"]["ApprovalKind"];
            /** Format: uuid */
            project_id: string;
            reason: string | null;
            /** Format: date-time */
            requested_at: string;
            /** Format: uuid */
            requested_by: string;
            /** @description The rule that asks for it. */
            rule: string;
            /** Format: uuid */
            run_id: string | null;
            state: components["schemas"]["ApprovalState"];
        };
        /** @enum {string} */
        ApprovalKind: "create" | "edit" | "cancel" | "run" | "break_glass";
        /** @enum {string} */
        ApprovalState: "pending" | "approved" | "rejected" | "void" | "expired" | "consumed";
        /** @description A yes. */
        Approve: {
            comment?: components["schemas"]["Remark"] | null;
        };
        /** @description Who did, or tried, what on what, and which rule decided. */
        AuditItem: {
            action: string;
            actor: string;
            /**
             * Format: uuid
             * @description Nobody where the hub itself acted, or an unknown user tried to sign in.
             */
            actor_id: string | null;
            /** Format: date-time */
            at: string;
            decision: string;
            detail: unknown;
            hash: string | null;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            object_id: string | null;
            object_kind: string;
            /** Format: uuid */
            project_id: string | null;
            rule: string | null;
            /**
             * Format: int64
             * @description Its place in the chain; `null` until it is sealed.
             */
            seq: number | null;
        };
        /** @description What a project says of how its jobs are executed. */
        BackendConfig: {
            /**
             * Format: double
             * @description Processors, such as 0.5.
             */
            cpus?: number | null;
            docker?: components["schemas"]["DockerConfig"] | null;
            /**
             * Format: int32
             * @description Attempts of one run.
             */
            max_attempts?: number | null;
            /**
             * Format: int32
             * @description How many of its runs may go on at once.
             */
            max_concurrent?: number | null;
            /** @description By environment, how many runs may go on there at once. */
            max_concurrent_by_environment?: {
                [key: string]: number;
            };
            /**
             * Format: int32
             * @description MiB.
             */
            memory_mb?: number | null;
            /**
             * Format: int32
             * @description Processes and threads.
             */
            pids?: number | null;
            /**
             * Format: int32
             * @description Wall-clock seconds of one attempt.
             */
            timeout_seconds?: number | null;
            webhook?: components["schemas"]["WebhookConfig"] | null;
        };
        /** @enum {string} */
        BackendKind: "local" | "docker" | "webhook" | "ssh" | "k8s" | "serverless";
        /** @description The only backends. */
        BackendsByTier: {
            /** @default null */
            dev: components["schemas"]["BackendKind"][] | null;
            /** @default null */
            prod: components["schemas"]["BackendKind"][] | null;
            /** @default null */
            staging: components["schemas"]["BackendKind"][] | null;
        };
        /** @description The first admin. */
        Bootstrap: {
            /** @description The token that the server printed when it started; not asked of who is on the same machine. */
            bootstrap_token?: string | null;
            display_name: components["schemas"]["Name"];
            email: components["schemas"]["Email"];
            password: components["schemas"]["NewPassword"];
            username: components["schemas"]["Username"];
        };
        /** @description An event, as FullCalendar reads it. */
        CalendarEvent: {
            allDay: boolean;
            color: string;
            /** @description Whether the caller may move it, perhaps with a second person's approval. */
            editable: boolean;
            /** @description An instant; for whole days the day after the last. */
            end: string;
            extendedProps: components["schemas"]["EventProps"];
            /**
             * Format: uuid
             * @description The job's id.
             */
            id: string;
            /** @description An instant; for whole days the first day, in the hub's zone. */
            start: string;
            title: string;
        };
        /** @description The address of one's own calendar feed. Shown once. */
        CalendarToken: {
            /** @description The path with the token, to be put behind this server's address. */
            path: string;
            /** @description For `GET /calendar.ics?token=…`. */
            token: string;
        };
        /** @description What a CI tells of a run. Documented here, read by the core, which checks the signature of the raw bytes first. */
        Callback: {
            /**
             * Format: int32
             * @description Exit code, where it has ended.
             */
            exit_code?: number | null;
            /** @description Output since the message before. */
            log?: string | null;
            /** @description A line for people. */
            message?: string | null;
            /** @description How the run stands: `running`, `succeeded` or `failed`; the latter two end it. */
            status: string;
        };
        /** @description What an edit would change: only what it names. */
        Change: {
            all_day?: boolean;
            /** Format: uuid */
            assignee_id?: string | null;
            auto_start?: boolean;
            /** @description It goes into a freeze window. */
            break_glass?: boolean;
            critical?: boolean | null;
            description?: string;
            /**
             * Format: uuid
             * @description The new environment's id; `null` clears.
             */
            environment_id?: string | null;
            execution?: components["schemas"]["Execution"] | null;
            job_type?: components["schemas"]["JobType"] | null;
            /** Format: date-time */
            planned_end?: string;
            /** Format: date-time */
            planned_start?: string;
            title?: string;
        };
        Color: string;
        Comment: string;
        /** @description A collision: with another job, or with a freeze window. */
        Conflict: {
            /**
             * Format: uuid
             * @description Of the job or of the freeze window.
             */
            id: string;
            kind: components["schemas"]["ConflictKind"];
            /** Format: date-time */
            planned_end: string;
            /** Format: date-time */
            planned_start: string;
            /** Format: uuid */
            project_id: string | null;
            status: components["schemas"]["JobStatus"] | null;
            /** @description The job's title, or the reason of the freeze. */
            title: string;
        };
        /** @description What happens to slots that collide. */
        ConflictByTier: {
            /** @default null */
            dev: components["schemas"]["OnConflict"] | null;
            /** @default null */
            prod: components["schemas"]["OnConflict"] | null;
            /** @default null */
            staging: components["schemas"]["OnConflict"] | null;
        };
        /** @description Jobs that hang together by overlaps in one pool, or a freeze window with what lies in it. */
        ConflictGroup: {
            /** Format: date-time */
            end: string;
            /** @description The freeze window that they lie in. */
            freeze?: components["schemas"]["Freeze"];
            /** @description By start. */
            jobs: components["schemas"]["JobBrief"][];
            pool: string;
            /** Format: date-time */
            start: string;
        };
        /**
         * @description With what a job collides.
         * @enum {string}
         */
        ConflictKind: "job" | "freeze";
        /** @description A job to create. */
        CreateJob: {
            all_day?: boolean;
            /** Format: uuid */
            assignee_id?: string | null;
            /** @description By default where there is an execution. */
            auto_start?: boolean | null;
            /** @description By default, type and environment tell. */
            critical?: boolean | null;
            description?: components["schemas"]["Description"] | null;
            environment?: components["schemas"]["Identifier"] | null;
            execution?: components["schemas"]["Execution"] | null;
            job_type: components["schemas"]["JobType"];
            planned_end?: components["schemas"]["Instant"] | null;
            /** @description With `all_day`, any instant of the first day in the hub's zone. */
            planned_start: components["schemas"]["Instant"];
            /** Format: uuid */
            project_id: string;
            recurrence?: components["schemas"]["NewRecurrence"] | null;
            title: components["schemas"]["Title"];
        };
        /** @description A project to create. */
        CreateProject: {
            color: components["schemas"]["Color"];
            environments: components["schemas"]["EnvironmentInput"][];
            execution_backend?: components["schemas"]["BackendKind"] | null;
            execution_backend_config?: components["schemas"]["BackendConfig"] | null;
            name: components["schemas"]["Name"];
            /** Format: uuid */
            owner_id: string;
            policy?: components["schemas"]["PolicyInput"] | null;
        };
        /** @description An API token to make. */
        CreateToken: {
            expires_at?: components["schemas"]["Instant"] | null;
            /** @description What it is for. */
            name: components["schemas"]["Name"];
            /** @description What it is good for, within what the user's role allows. */
            scopes: components["schemas"]["Scope"][];
        };
        /** @description A user to create. */
        CreateUser: {
            display_name: components["schemas"]["Name"];
            email: components["schemas"]["Email"];
            kind?: components["schemas"]["UserKind"] | null;
            password?: components["schemas"]["NewPassword"] | null;
            role: components["schemas"]["Role"];
            theme?: components["schemas"]["Theme"] | null;
            username: components["schemas"]["Username"];
        };
        /** @description What the rules say to the caller, and which rule said it. */
        Decision: {
            effect: components["schemas"]["Effect"];
            rule: string;
        };
        /** @description An account to try the hub with. */
        DemoAccount: {
            display_name: string;
            role: components["schemas"]["Role"];
            username: string;
        };
        Description: string;
        /** @description What containers of a project get beyond the bare minimum. */
        DockerConfig: {
            /** @description Directories of the host, below roots that the operator allows. */
            mounts?: components["schemas"]["Mount"][];
            /** @description A network of the engine; without one, containers have no network. */
            network?: string | null;
            pull?: components["schemas"]["PullPolicy"] | null;
            /**
             * Format: int32
             * @description MiB of writable space at `/tmp`.
             */
            tmpfs_mb?: number | null;
            /** @description `uid` or `uid:gid` as numbers, not root. */
            user?: string | null;
        };
        /** @enum {string} */
        Effect: "allow" | "needs_approval" | "deny";
        Email: string;
        /** @description The data of the `end` event: nothing follows. */
        EndEvent: {
            /**
             * Format: int32
             * @description The exit code of the last attempt.
             */
            exit_code: number | null;
            /** @description How it ended, in a word or a line. */
            outcome: string | null;
            /** @description How the run ended. */
            status: components["schemas"]["RunStatus"];
        };
        EntityTag: string;
        /** @description A place that a project's jobs work on. */
        Environment: {
            /** Format: uuid */
            id: string;
            name: string;
            /** @description What is physically shared: two jobs can collide only in the same pool. */
            pool: string;
            /** @description Never changes. */
            tier: components["schemas"]["Tier"];
        };
        EnvironmentInput: components["schemas"]["Identifier"] | components["schemas"]["NamedEnvironment"];
        EventId: string;
        /** @description What FullCalendar hands through. */
        EventProps: {
            /** Format: uuid */
            assignee_id: string | null;
            /** @description Whether it collides with a job or a freeze window. */
            conflict: boolean;
            /** @description With which jobs; at most 50 are named. */
            conflicts_with: string[];
            critical: boolean;
            environment: string | null;
            /**
             * Format: uuid
             * @description The freeze window that it lies in.
             */
            frozen_by: string | null;
            job_type: components["schemas"]["JobType"];
            /** @description Moving it needs a second person. */
            needs_approval: boolean;
            pending_move: components["schemas"]["PendingMove"] | null;
            /** Format: uuid */
            project_id: string;
            project_name: string;
            /**
             * Format: uuid
             * @description The series that it is an occurrence of.
             */
            series_id: string | null;
            status: components["schemas"]["JobStatus"];
            tier: components["schemas"]["Tier"];
            /** Format: int64 */
            version: number;
        };
        /** @description What to execute. Each backend refuses what it does not use. */
        Execution: {
            backend?: components["schemas"]["BackendKind"] | null;
            /** @description Program and arguments. Never given to a shell. */
            command?: string[] | null;
            /** @description Environment variables, in clear. */
            env?: {
                [key: string]: string;
            };
            /** @description Whether running it twice does what running it once does; only then is a lost attempt tried again. */
            idempotent?: boolean;
            /** @description Container image. */
            image?: string | null;
            limits?: components["schemas"]["ResourceLimits"] | null;
            /**
             * Format: int32
             * @description Attempts of one run, 1 by default.
             */
            max_attempts?: number | null;
            /** @description HTTP method of a webhook. */
            method?: string | null;
            /** @description JSON body of a webhook. */
            payload?: unknown;
            /**
             * Format: int32
             * @description Who goes first where workers are short: the higher. 0 by default.
             */
            priority?: number;
            /** @description Environment variables whose values are secrets, by reference (`vault:mount/path#field`). */
            secrets?: {
                [key: string]: string;
            };
            /**
             * Format: int32
             * @description Wall-clock seconds of one attempt.
             */
            timeout_seconds?: number | null;
            /** @description Where a webhook goes. */
            url?: string | null;
            /** @description Absolute. */
            working_dir?: string | null;
        };
        /** @description A span in which nothing may move in or run, for some tiers or environments. */
        Freeze: {
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            created_by: string;
            /** Format: date-time */
            end: string;
            /** @description And the environments of these names. */
            environments: string[];
            /** Format: uuid */
            id: string;
            /**
             * Format: uuid
             * @description Only of this project; of all where there is none.
             */
            project_id: string | null;
            reason: string;
            /** Format: date-time */
            start: string;
            /** @description Every environment of these tiers. */
            tiers: components["schemas"]["Tier"][];
        };
        /** @description A freeze window with the jobs that it stops. */
        FreezeOutcome: components["schemas"]["Freeze"] & {
            /** @description The jobs that lie in it and are alive. */
            stops: components["schemas"]["JobBrief"][];
        };
        /** @description The end of the chain. Kept outside, it proves that the tail was not cut. */
        Head: {
            hash: string;
            /** Format: int64 */
            seq: number;
        };
        /** @description How it is. */
        Health: {
            /** @description `ok` */
            status: string;
        };
        /** @description What anybody may know of the hub before signing in. */
        HubInfo: {
            /** @description On a demo hub, the accounts whose password is their name. */
            demo_accounts: components["schemas"]["DemoAccount"][];
            /** @description Nobody is there yet: `POST /bootstrap/admin` makes the first user. */
            needs_admin: boolean;
            /** @description For which the caller needs the token that the server printed when it started. */
            needs_bootstrap_token: boolean;
            /** @description The zone of whole days and working hours, as `Europe/Paris`. */
            time_zone: string;
            /** @description The program's version. */
            version: string;
        };
        Identifier: string;
        /** @description An iCalendar file, and what becomes of its events. */
        ImportEvents: {
            as: components["schemas"]["ImportKind"];
            /** @description Of freeze windows: and the environments of these names. */
            environments?: components["schemas"]["Identifier"][];
            /** @description The file's text (RFC 5545). */
            ics: string;
            /**
             * Format: uuid
             * @description Of meetings: whose they become. Of freeze windows: only of this project.
             */
            project_id?: string | null;
            /** @description Of freeze windows: every environment of these tiers. */
            tiers?: components["schemas"]["Tier"][];
        };
        /**
         * @description What becomes of events.
         * @enum {string}
         */
        ImportKind: "meetings" | "freezes";
        /** @description What came of an import. */
        ImportedEvents: {
            /**
             * Format: int32
             * @description Called off, or lifted, since the file says so.
             */
            cancelled: number;
            /**
             * Format: int32
             * @description Made.
             */
            created: number;
            /**
             * Format: int32
             * @description Over, and left as they are or not made.
             */
            past: number;
            /**
             * Format: int32
             * @description As the file says already.
             */
            unchanged: number;
            /**
             * Format: int32
             * @description Changed to what the file says.
             */
            updated: number;
        };
        /** Format: date-time */
        Instant: string;
        /** @description A job. */
        Job: {
            all_day: boolean;
            /** @description Its open approvals. */
            approvals: components["schemas"]["Approval"][];
            /** Format: uuid */
            assignee_id: string | null;
            auto_start: boolean;
            /** @description Whether the caller may launch it. */
            can_launch: components["schemas"]["Decision"];
            /** @description Whether it collides with anything. */
            conflict: boolean;
            /** @description With what. */
            conflicts: components["schemas"]["Conflict"][];
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            created_by: string;
            /** @description As it was set; `null` where type and environment tell. */
            critical: boolean | null;
            description: string;
            /** @description Whether the caller may move it. */
            editable: components["schemas"]["Decision"];
            /** Format: uuid */
            edited_by: string;
            /** @description Its environment's name. */
            environment: string | null;
            execution: components["schemas"]["Execution"] | null;
            /** Format: uuid */
            id: string;
            /** @description Whether it takes part in conflicts. */
            is_critical: boolean;
            job_type: components["schemas"]["JobType"];
            /**
             * Format: date-time
             * @description When that occurrence takes place by the series' rule, wherever the job was moved.
             */
            occurrence: string | null;
            /** Format: date-time */
            planned_end: string;
            /** Format: date-time */
            planned_start: string;
            /** @description In which it collides. */
            pool: string | null;
            /** Format: uuid */
            project_id: string;
            /**
             * Format: uuid
             * @description The series that it is an occurrence of.
             */
            series_id: string | null;
            status: components["schemas"]["JobStatus"];
            /** @description Its environment's tier; a job without an environment counts as tier dev. */
            tier: components["schemas"]["Tier"];
            title: string;
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        /** @description A job in short. */
        JobBrief: {
            all_day: boolean;
            /** Format: uuid */
            assignee_id: string | null;
            /** Format: uuid */
            created_by: string;
            critical: boolean;
            environment: components["schemas"]["JobEnvironment"] | null;
            /** Format: uuid */
            id: string;
            job_type: components["schemas"]["JobType"];
            /** Format: date-time */
            planned_end: string;
            /** Format: date-time */
            planned_start: string;
            /** Format: uuid */
            project_id: string;
            /**
             * Format: uuid
             * @description The series that it is an occurrence of.
             */
            series_id: string | null;
            status: components["schemas"]["JobStatus"];
            title: string;
            /** Format: int64 */
            version: number;
        };
        /** @description The environment of a job, as the project has it now. */
        JobEnvironment: {
            /** Format: uuid */
            id: string;
            name: string;
            pool: string;
            tier: components["schemas"]["Tier"];
        };
        /** @description A change that waits for a second person: the job is as it was. */
        JobOutcome: {
            /** @description What is asked for. */
            approval: components["schemas"]["Approval"];
            /** @description The job, as it is now. */
            job: components["schemas"]["Job"];
        };
        /** @enum {string} */
        JobStatus: "planned" | "awaiting_approval" | "approved" | "queued" | "running" | "succeeded" | "failed" | "cancelled" | "missed";
        /** @enum {string} */
        JobType: "meeting" | "dev" | "ops" | "maintenance" | "infra";
        Key: string;
        /** @description How to launch. */
        Launch: {
            /** @default null */
            backend: components["schemas"]["BackendKind"] | null;
            /**
             * @description Inside a freeze window: for admins, with a reason, and a second person approves.
             * @default false
             */
            break_glass: boolean;
            /** @default null */
            reason: components["schemas"]["Remark"] | null;
        };
        /** @description A run that waits for a second person. */
        LaunchOutcome: {
            /** @description What is asked for. */
            approval: components["schemas"]["Approval"];
            /** @description The run. */
            run: components["schemas"]["Run"];
        };
        /** @description A page of a list. */
        List_ApiToken: {
            /** @description The items. */
            items: {
                /** Format: date-time */
                created_at: string;
                /**
                 * Format: uuid
                 * @description Who made it; `null` where the machine's administrator did.
                 */
                created_by: string | null;
                /**
                 * Format: date-time
                 * @description From when on it is worth nothing; `null` for never.
                 */
                expires_at: string | null;
                /** Format: uuid */
                id: string;
                /**
                 * Format: date-time
                 * @description When it was last used, to some ten minutes.
                 */
                last_used_at: string | null;
                /** @description What it is for. */
                name: string;
                /** @description How it begins. */
                prefix: string;
                /**
                 * Format: date-time
                 * @description Since when it is worth nothing.
                 */
                revoked_at: string | null;
                scopes: components["schemas"]["Scope"][];
                /**
                 * Format: uuid
                 * @description Who acts by it.
                 */
                user_id: string;
            }[];
            /** @description Where it goes on; `null` at the end. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        List_Approval: {
            /** @description The items. */
            items: {
                change: components["schemas"]["Change"] | null;
                comment: string | null;
                /** Format: date-time */
                decided_at: string | null;
                /** Format: uuid */
                decided_by: string | null;
                /** @description SHA-256 over what it permits. */
                digest: string;
                /** Format: date-time */
                expires_at: string;
                /** Format: uuid */
                id: string;
                /** Format: uuid */
                job_id: string;
                kind: components["schemas"]["ApprovalKind"];
                /** Format: uuid */
                project_id: string;
                reason: string | null;
                /** Format: date-time */
                requested_at: string;
                /** Format: uuid */
                requested_by: string;
                /** @description The rule that asks for it. */
                rule: string;
                /** Format: uuid */
                run_id: string | null;
                state: components["schemas"]["ApprovalState"];
            }[];
            /** @description Where it goes on; `null` at the end. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        List_AuditItem: {
            /** @description The items. */
            items: {
                action: string;
                actor: string;
                /**
                 * Format: uuid
                 * @description Nobody where the hub itself acted, or an unknown user tried to sign in.
                 */
                actor_id: string | null;
                /** Format: date-time */
                at: string;
                decision: string;
                detail: unknown;
                hash: string | null;
                /** Format: uuid */
                id: string;
                /** Format: uuid */
                object_id: string | null;
                object_kind: string;
                /** Format: uuid */
                project_id: string | null;
                rule: string | null;
                /**
                 * Format: int64
                 * @description Its place in the chain; `null` until it is sealed.
                 */
                seq: number | null;
            }[];
            /** @description Where it goes on; `null` at the end. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        List_Freeze: {
            /** @description The items. */
            items: {
                /** Format: date-time */
                created_at: string;
                /** Format: uuid */
                created_by: string;
                /** Format: date-time */
                end: string;
                /** @description And the environments of these names. */
                environments: string[];
                /** Format: uuid */
                id: string;
                /**
                 * Format: uuid
                 * @description Only of this project; of all where there is none.
                 */
                project_id: string | null;
                reason: string;
                /** Format: date-time */
                start: string;
                /** @description Every environment of these tiers. */
                tiers: components["schemas"]["Tier"][];
            }[];
            /** @description Where it goes on; `null` at the end. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        List_Job: {
            /** @description The items. */
            items: {
                all_day: boolean;
                /** @description Its open approvals. */
                approvals: components["schemas"]["Approval"][];
                /** Format: uuid */
                assignee_id: string | null;
                auto_start: boolean;
                /** @description Whether the caller may launch it. */
                can_launch: components["schemas"]["Decision"];
                /** @description Whether it collides with anything. */
                conflict: boolean;
                /** @description With what. */
                conflicts: components["schemas"]["Conflict"][];
                /** Format: date-time */
                created_at: string;
                /** Format: uuid */
                created_by: string;
                /** @description As it was set; `null` where type and environment tell. */
                critical: boolean | null;
                description: string;
                /** @description Whether the caller may move it. */
                editable: components["schemas"]["Decision"];
                /** Format: uuid */
                edited_by: string;
                /** @description Its environment's name. */
                environment: string | null;
                execution: components["schemas"]["Execution"] | null;
                /** Format: uuid */
                id: string;
                /** @description Whether it takes part in conflicts. */
                is_critical: boolean;
                job_type: components["schemas"]["JobType"];
                /**
                 * Format: date-time
                 * @description When that occurrence takes place by the series' rule, wherever the job was moved.
                 */
                occurrence: string | null;
                /** Format: date-time */
                planned_end: string;
                /** Format: date-time */
                planned_start: string;
                /** @description In which it collides. */
                pool: string | null;
                /** Format: uuid */
                project_id: string;
                /**
                 * Format: uuid
                 * @description The series that it is an occurrence of.
                 */
                series_id: string | null;
                status: components["schemas"]["JobStatus"];
                /** @description Its environment's tier; a job without an environment counts as tier dev. */
                tier: components["schemas"]["Tier"];
                title: string;
                /** Format: date-time */
                updated_at: string;
                /** Format: int64 */
                version: number;
            }[];
            /** @description Where it goes on; `null` at the end. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        List_Project: {
            /** @description The items. */
            items: {
                color: string;
                /** Format: date-time */
                created_at: string;
                environments: components["schemas"]["Environment"][];
                execution_backend: components["schemas"]["BackendKind"] | null;
                execution_backend_config: components["schemas"]["BackendConfig"] | null;
                /** Format: uuid */
                id: string;
                name: string;
                /** Format: uuid */
                owner_id: string;
                policy: components["schemas"]["Policy"];
                /** Format: date-time */
                updated_at: string;
                /** Format: int64 */
                version: number;
            }[];
            /** @description Where it goes on; `null` at the end. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        List_Run: {
            /** @description The items. */
            items: {
                /** Format: uuid */
                approval_id: string | null;
                /** Format: uuid */
                approved_by: string | null;
                /**
                 * Format: int32
                 * @description The present attempt, from 1.
                 */
                attempt: number;
                backend: components["schemas"]["BackendKind"];
                /** Format: date-time */
                cancel_requested_at: string | null;
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                due_at: string;
                /** Format: date-time */
                ended_at: string | null;
                /** @description As it was when the run was asked for. */
                execution: components["schemas"]["Execution"];
                /** Format: int32 */
                exit_code: number | null;
                /**
                 * Format: int64
                 * @description Grows with each claim.
                 */
                fence: number;
                /** Format: uuid */
                id: string;
                /** Format: uuid */
                job_id: string;
                origin: components["schemas"]["RunOrigin"];
                /** @description How it ended, in a word or a line. */
                outcome: string | null;
                /** Format: uuid */
                project_id: string;
                reason: string | null;
                /** Format: uuid */
                requested_by: string;
                /** Format: date-time */
                started_at: string | null;
                status: components["schemas"]["RunStatus"];
                worker: string | null;
            }[];
            /** @description Where it goes on; `null` at the end. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        List_Series: {
            /** @description The items. */
            items: {
                all_day: boolean;
                /** Format: uuid */
                assignee_id: string | null;
                auto_start: boolean;
                /** Format: date-time */
                created_at: string;
                /** Format: uuid */
                created_by: string;
                critical: boolean | null;
                description: string;
                /** Format: uuid */
                edited_by: string;
                /** Format: uuid */
                environment_id: string | null;
                /** @description Occurrences that are left out, by when they would start. */
                except: string[];
                execution: components["schemas"]["Execution"] | null;
                /** Format: uuid */
                id: string;
                /** @description Whether more is to come. */
                is_open: boolean;
                job_type: components["schemas"]["JobType"];
                /**
                 * Format: int64
                 * @description How long each lasts; of whole days, 24 hours for each.
                 */
                length_seconds: number;
                /** Format: uuid */
                project_id: string;
                /** @description The recurrence rule, with its end where it has one. */
                rule: string;
                /** @description Those ahead that could not be laid out. */
                skipped: components["schemas"]["Skipped"][];
                /** @description The UID of the event of another calendar that it was imported from. */
                source: string | null;
                /**
                 * Format: date-time
                 * @description When its first occurrence starts.
                 */
                start: string;
                /** @description On whose clocks it repeats. */
                timezone: string;
                title: string;
                /** Format: date-time */
                updated_at: string;
                /** Format: int64 */
                version: number;
            }[];
            /** @description Where it goes on; `null` at the end. */
            next_cursor: string | null;
        };
        /** @description A page of a list. */
        List_User: {
            /** @description The items. */
            items: {
                /** Format: date-time */
                created_at: string;
                display_name: string;
                email: string;
                /** Format: uuid */
                id: string;
                is_active: boolean;
                /** @description A person, or a machine that acts by API tokens. */
                kind: components["schemas"]["UserKind"];
                role: components["schemas"]["Role"];
                theme: components["schemas"]["Theme"];
                /** Format: date-time */
                updated_at: string;
                username: string;
                /** Format: int64 */
                version: number;
            }[];
            /** @description Where it goes on; `null` at the end. */
            next_cursor: string | null;
        };
        /** @description The data of a `log` event. */
        LogEvent: {
            /**
             * Format: date-time
             * @description When it came.
             */
            at: string;
            /** @description From which output. */
            stream: components["schemas"]["Stream"];
            /** @description The output, not always whole lines. What is not UTF-8 is shown as U+FFFD. */
            text: string;
        };
        /** @description The caller, with what a user interface may offer. */
        Me: components["schemas"]["User"] & {
            /**
             * @description What the role, and the token's scopes, allow, per action (`user_manage`), for jobs per type and tier (`job_create.ops.prod`), for runs per
             *     tier (`run_launch.staging`), and whether one may ask to break a freeze window (`break_glass`). What depends on owning something counts as not
             *     owned here.
             */
            permissions: {
                [key: string]: components["schemas"]["Effect"];
            };
            /** @description What the API token is good for by which the caller acts; `null` for who signed in. */
            scopes: components["schemas"]["Scope"][] | null;
        };
        /** @description A directory of the host that containers see. */
        Mount: {
            /** @description On the host. */
            source: string;
            /** @description In the container. */
            target: string;
            /** @description Whether the container may write there. */
            writable?: boolean;
        };
        Name: string;
        /** @description An environment in full. */
        NamedEnvironment: {
            /**
             * Format: uuid
             * @description Of an environment that is there, to rename it or move it to another pool.
             */
            id?: string | null;
            name: components["schemas"]["Identifier"];
            pool?: components["schemas"]["Identifier"] | null;
            tier?: components["schemas"]["Tier"] | null;
        };
        /** @description An API token that was just made. */
        NewApiToken: components["schemas"]["ApiToken"] & {
            /** @description To be sent as `Authorization: Bearer …`. It is shown once. */
            token: string;
        };
        /** @description A freeze window to create. */
        NewFreeze: {
            end: components["schemas"]["Instant"];
            /** @description And the environments of these names. */
            environments?: components["schemas"]["Identifier"][];
            /**
             * Format: uuid
             * @description Only of this project.
             */
            project_id?: string | null;
            reason: components["schemas"]["Reason"];
            start: components["schemas"]["Instant"];
            /** @description Every environment of these tiers. Together with `environments` it names at least one. */
            tiers?: components["schemas"]["Tier"][];
        };
        /** Format: password */
        NewPassword: string;
        /** @description How something repeats. */
        NewRecurrence: {
            /** @description Occurrences to leave out, by when they would start. */
            except?: components["schemas"]["Instant"][];
            /** @description A recurrence rule of RFC 5545, such as `FREQ=WEEKLY;BYDAY=TU`. It names its own start. Hourly at most. */
            rule: components["schemas"]["RecurrenceRule"];
            timezone?: components["schemas"]["ZoneName"] | null;
        };
        /** @enum {string} */
        OnConflict: "warn" | "block";
        PageCursor: string;
        /** @description What to change of a job: what is left out stays. */
        PatchJob: {
            all_day?: boolean;
            /** Format: uuid */
            assignee_id?: string | null;
            auto_start?: boolean;
            /** @description Into a freeze window: for admins, with a reason, and a second person approves. */
            break_glass?: boolean;
            critical?: boolean | null;
            description?: components["schemas"]["Description"];
            environment?: components["schemas"]["Identifier"] | null;
            execution?: components["schemas"]["Execution"] | null;
            job_type?: components["schemas"]["JobType"];
            planned_end?: components["schemas"]["Instant"] | null;
            /** @description Without a new end the length stays. */
            planned_start?: components["schemas"]["Instant"];
            reason?: components["schemas"]["Remark"] | null;
            recurrence?: components["schemas"]["NewRecurrence"] | null;
            title?: components["schemas"]["Title"];
        };
        /** @description What to change of a project. */
        PatchProject: {
            color?: components["schemas"]["Color"];
            /** @description All of them: one that is no longer named is removed, where it has no job. */
            environments?: components["schemas"]["EnvironmentInput"][];
            execution_backend?: components["schemas"]["BackendKind"] | null;
            execution_backend_config?: components["schemas"]["BackendConfig"] | null;
            name?: components["schemas"]["Name"];
            /** Format: uuid */
            owner_id?: string;
            policy?: components["schemas"]["PolicyInput"];
        };
        /** @description What to change of a user. */
        PatchUser: {
            current_password?: string;
            display_name?: components["schemas"]["Name"];
            email?: components["schemas"]["Email"];
            is_active?: boolean;
            /** @description A new password. One's own needs `current_password` with it. */
            password?: components["schemas"]["NewPassword"];
            role?: components["schemas"]["Role"];
            theme?: components["schemas"]["Theme"];
            username?: components["schemas"]["Username"];
        };
        /** @description A move that waits for a second person. */
        PendingMove: {
            /** Format: date-time */
            end: string;
            /** Format: date-time */
            start: string;
        };
        /** @description What a project decides for itself. It narrows the hub's rules, and widens none. */
        Policy: {
            /** @description Per tier, the only backends; a tier that is not named allows what the hub allows. */
            allowed_backends: {
                [key: string]: components["schemas"]["BackendKind"][];
            };
            /**
             * Format: int32
             * @description How long an approval may wait, and stays good once given.
             */
            approval_ttl_seconds: number;
            /** @description Per tier, what happens to slots that collide; a tier that is not named warns. */
            on_conflict: {
                [key: string]: components["schemas"]["OnConflict"];
            };
            /** @description Changes of prod jobs by role ops. */
            prod_change: components["schemas"]["ProdChange"];
        };
        /** @description A policy as it is given: what is left out is the default. */
        PolicyInput: {
            allowed_backends?: components["schemas"]["BackendsByTier"];
            /**
             * Format: int32
             * @description 72 h by default.
             */
            approval_ttl_seconds?: number;
            on_conflict?: components["schemas"]["ConflictByTier"];
            prod_change?: components["schemas"]["ProdChange"];
        };
        /** @description What went wrong, for people (`title`, `detail`) and programs (`type`, `field`, `rule`, …). */
        Problem: {
            /** @description The jobs that hold the slot. */
            conflicts?: string[];
            /** @description What is wrong in this case. */
            detail: string;
            /** @description What does not go in that state. */
            event?: string;
            /** @description Which field of the input is wrong, as a path (`execution.command`). */
            field?: string;
            /** @description The state in which it does not go. */
            from?: string;
            /** @description The rule that refused (`rbac.job.prod.dev`, `guardrail.freeze`). */
            rule?: string;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The kind in a few words. */
            title: string;
            /**
             * @description Which kind of problem: a URN that does not change between releases.
             * @example urn:uhub:problem:denied
             */
            type: string;
        };
        /** @enum {string} */
        ProdChange: "approval" | "deny";
        /** @description A project. */
        Project: {
            color: string;
            /** Format: date-time */
            created_at: string;
            environments: components["schemas"]["Environment"][];
            execution_backend: components["schemas"]["BackendKind"] | null;
            execution_backend_config: components["schemas"]["BackendConfig"] | null;
            /** Format: uuid */
            id: string;
            name: string;
            /** Format: uuid */
            owner_id: string;
            policy: components["schemas"]["Policy"];
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        /** @enum {string} */
        PullPolicy: "never" | "missing" | "always";
        Query: string;
        Reason: string;
        RecurrenceRule: string;
        /** @description A no. */
        Reject: {
            /** @description Why. */
            comment: components["schemas"]["Comment"];
        };
        Remark: string;
        /** @description Which conflicts to resolve. */
        Resolve: {
            /** @description Does the moves that the caller may, in place of a preview. */
            apply?: boolean;
            /** @description At most 400 days after `start`. */
            end: components["schemas"]["Instant"];
            /** @description Only in these pools. */
            pools?: components["schemas"]["Identifier"][] | null;
            start: components["schemas"]["Instant"];
        };
        /** @description The moves that free every conflict that can be freed. */
        Resolved: {
            moves: components["schemas"]["ResolvedMove"][];
            /**
             * Format: int64
             * @description The sum of all shifts, whichever way.
             */
            total_shift_seconds: number;
            /** @description Jobs that collide and cannot be moved out of the way within the range. */
            unresolved: string[];
        };
        /** @description A move that resolves. */
        ResolvedMove: {
            /** @description Whether it was done. */
            applied: boolean;
            /** @description Whether the caller may. */
            decision: components["schemas"]["Decision"];
            from: components["schemas"]["Span"];
            /** Format: uuid */
            job_id: string;
            /** @description Why it was not, where it was tried. */
            refused: string | null;
            /**
             * Format: int64
             * @description How much later; negative if earlier.
             */
            shift_seconds: number;
            to: components["schemas"]["Span"];
        };
        /** @description What a job asks for. */
        ResourceLimits: {
            /**
             * Format: double
             * @description Processors, such as 0.5.
             */
            cpus?: number | null;
            /**
             * Format: int32
             * @description MiB.
             */
            memory_mb?: number | null;
            /**
             * Format: int32
             * @description Processes and threads.
             */
            pids?: number | null;
        };
        /** @enum {string} */
        Role: "admin" | "projets" | "ops" | "dev";
        /** @description One execution of a job, retried attempts included. */
        Run: {
            /** Format: uuid */
            approval_id: string | null;
            /** Format: uuid */
            approved_by: string | null;
            /**
             * Format: int32
             * @description The present attempt, from 1.
             */
            attempt: number;
            backend: components["schemas"]["BackendKind"];
            /** Format: date-time */
            cancel_requested_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            due_at: string;
            /** Format: date-time */
            ended_at: string | null;
            /** @description As it was when the run was asked for. */
            execution: components["schemas"]["Execution"];
            /** Format: int32 */
            exit_code: number | null;
            /**
             * Format: int64
             * @description Grows with each claim.
             */
            fence: number;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            job_id: string;
            origin: components["schemas"]["RunOrigin"];
            /** @description How it ended, in a word or a line. */
            outcome: string | null;
            /** Format: uuid */
            project_id: string;
            reason: string | null;
            /** Format: uuid */
            requested_by: string;
            /** Format: date-time */
            started_at: string | null;
            status: components["schemas"]["RunStatus"];
            worker: string | null;
        };
        /** @enum {string} */
        RunOrigin: "launch" | "auto_start";
        /** @enum {string} */
        RunStatus: "queued" | "running" | "succeeded" | "failed" | "timed_out" | "cancelled" | "lost";
        /** @enum {string} */
        Scope: "read" | "plan" | "run" | "approve" | "admin";
        /** @description What an import found and made. */
        SeedReport: {
            /** @description How many of all these were not there before. */
            created: number;
            /** @description Jobs of the demo. */
            jobs: number;
            /** @description Projects of the demo. */
            projects: number;
            /** @description Users of the demo. */
            users: number;
        };
        /** @description A plan that repeats. Its occurrences are jobs: `GET /jobs` and the calendar tell of them. */
        Series: {
            all_day: boolean;
            /** Format: uuid */
            assignee_id: string | null;
            auto_start: boolean;
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            created_by: string;
            critical: boolean | null;
            description: string;
            /** Format: uuid */
            edited_by: string;
            /** Format: uuid */
            environment_id: string | null;
            /** @description Occurrences that are left out, by when they would start. */
            except: string[];
            execution: components["schemas"]["Execution"] | null;
            /** Format: uuid */
            id: string;
            /** @description Whether more is to come. */
            is_open: boolean;
            job_type: components["schemas"]["JobType"];
            /**
             * Format: int64
             * @description How long each lasts; of whole days, 24 hours for each.
             */
            length_seconds: number;
            /** Format: uuid */
            project_id: string;
            /** @description The recurrence rule, with its end where it has one. */
            rule: string;
            /** @description Those ahead that could not be laid out. */
            skipped: components["schemas"]["Skipped"][];
            /** @description The UID of the event of another calendar that it was imported from. */
            source: string | null;
            /**
             * Format: date-time
             * @description When its first occurrence starts.
             */
            start: string;
            /** @description On whose clocks it repeats. */
            timezone: string;
            title: string;
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        /** @enum {string} */
        SeriesScope: "this" | "following" | "all";
        /** @description An occurrence that could not be laid out. It is tried again every day. */
        Skipped: {
            /** Format: date-time */
            at: string;
            /** @description What stood against it. */
            reason: string;
        };
        /** @description From when to when. */
        Span: {
            /** Format: date-time */
            end: string;
            /** Format: date-time */
            start: string;
        };
        /** @enum {string} */
        Stream: "stdout" | "stderr" | "system";
        /** @description A slot that a job could go to. */
        Suggestion: {
            /** Format: date-time */
            planned_end: string;
            /** Format: date-time */
            planned_start: string;
            /**
             * Format: int64
             * @description How much later than now; negative if earlier.
             */
            shift_seconds: number;
        };
        /** @enum {string} */
        Theme: "dark" | "light";
        /** @enum {string} */
        Tier: "dev" | "staging" | "prod";
        Title: string;
        /** @description An access token (RFC 6749 §5.1). */
        TokenAnswer: {
            /** @description To be sent as `Authorization: Bearer …`. */
            access_token: string;
            /**
             * Format: int64
             * @description Seconds.
             */
            expires_in: number;
            /** @description `bearer` */
            token_type: string;
        };
        /** @description A refusal of the token endpoint (RFC 6749 §5.2). */
        TokenError: {
            /** @description Why. */
            error: components["schemas"]["TokenErrorCode"];
            /** @description Why, for people. */
            error_description: string;
        };
        /**
         * @description Why there is no token (RFC 6749 §5.2).
         * @enum {string}
         */
        TokenErrorCode: "invalid_request" | "invalid_grant" | "unsupported_grant_type" | "temporarily_unavailable";
        /** @description What a token is asked with (RFC 6749 §4.3.2). Parameters that are not known are ignored (§3.2). */
        TokenForm: {
            /** @description Accepted and ignored, as common clients send it. */
            client_id?: string;
            /** @description Accepted and ignored, as common clients send it. */
            client_secret?: string;
            /** @description `password` */
            grant_type: string;
            /**
             * Format: password
             * @description The password.
             */
            password: string;
            /** @description Accepted and ignored: what a user may do follows from the role. */
            scope?: string;
            /** @description The name to sign in with. */
            username: string;
        };
        /** @description A user. Never a hash. */
        User: {
            /** Format: date-time */
            created_at: string;
            display_name: string;
            email: string;
            /** Format: uuid */
            id: string;
            is_active: boolean;
            /** @description A person, or a machine that acts by API tokens. */
            kind: components["schemas"]["UserKind"];
            role: components["schemas"]["Role"];
            theme: components["schemas"]["Theme"];
            /** Format: date-time */
            updated_at: string;
            username: string;
            /** Format: int64 */
            version: number;
        };
        /** @enum {string} */
        UserKind: "person" | "service";
        Username: string;
        /** @description What the check found. */
        Verification: {
            /**
             * Format: int64
             * @description How many sealed entries were read.
             */
            entries: number;
            /**
             * Format: int64
             * @description The first entry that is not sound.
             */
            first_bad?: number;
            /** @description The end of the sound part. */
            head: components["schemas"]["Head"];
            /** @description Nothing edited, deleted, reordered. */
            ok: boolean;
            /**
             * Format: int64
             * @description How many are not sealed yet.
             */
            unsealed: number;
        };
        /** @description How webhooks of a project are sent and followed. */
        WebhookConfig: {
            follow?: components["schemas"]["WebhookFollow"] | null;
            preset?: components["schemas"]["WebhookPreset"] | null;
        };
        /** @enum {string} */
        WebhookFollow: "poll" | "callback" | "none";
        /** @enum {string} */
        WebhookPreset: "github_workflow" | "github_dispatch" | "gitlab" | "jenkins" | "generic";
        ZoneName: string;
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
