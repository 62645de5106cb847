/** One way to the same database. With TLS all of them show the client a P-256 certificate. */
export interface Front {
  readonly name: string
  readonly version?: string
  /** For libpq, with TLS; `plain` takes it away. */
  readonly env: Readonly<Record<string, string>>
  /** Of the process between client and database, where there is one. */
  readonly pid?: number
  /** Of what it keeps busy besides: our control plane takes the trail in. */
  readonly behind?: number
  stop(): void
}

export function libpq(port: number, user: string, password: string): Readonly<Record<string, string>> {
  return { PGHOST: 'localhost', PGPORT: String(port), PGDATABASE: 'shop', PGUSER: user, PGPASSWORD: password, PGSSLMODE: 'require' }
}

export function plain(front: Front): Front {
  return { ...front, env: { ...front.env, PGSSLMODE: 'disable' } }
}
