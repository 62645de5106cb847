/** Names of hosts that stand in values; none belongs to anybody (RFC 2606). */
export const hosts = ['db.internal.example', 'db-01.prod.example', '10.1.2.3', 'cluster0.abcde.example', 'pg.shop.example.com'] as const
