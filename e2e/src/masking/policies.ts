import { documented } from './estate/schema.js'
import type { GatewayOptions } from '../../../packages/protocols/postgres/test/differential/gateway.js'

/** One caller for each way to mask the same columns: what the twins differ in, each of them hides. */
export interface Variant {
  /** Group of its callers. */
  readonly name: string
  readonly policy: object
  /** Whether its callers may ask for what fails by a masked value: `derived: mask` hides what comes out, not that. */
  readonly telltales: boolean
}

interface MaskRule {
  readonly id: string
  readonly columns?: readonly string[]
  readonly labels?: readonly string[]
  readonly as: unknown
  readonly uses?: { readonly derived: 'mask' }
}

/** What is masked, and how; nothing else hides the columns in which the twins differ. */
export const masks: readonly MaskRule[] = [
  { id: 'mail', columns: ['public.customers.email', 'public.accounts.mailbox'], as: { partial: { keep: 'domain' } } },
  { id: 'phone', columns: ['public.customers.phone'], as: 'redact' },
  {
    id: 'card',
    columns: ['public.customers.card_number', 'public.accounts.card_number', 'public.customers.aliases'],
    as: 'hash',
  },
  { id: 'ssn', columns: ['public.customers.ssn'], as: 'nullify' },
  { id: 'credit', columns: ['public.customers.credit'], as: 'redact' },
  { id: 'born', columns: ['public.customers.born'], as: { partial: { keep: 'year' } } },
  { id: 'profile', columns: ['public.customers.profile'], as: 'redact' },
  { id: 'iban', columns: ['public.accounts.iban'], as: { partial: { keep: 'last', count: 4 } } },
  { id: 'pin', columns: ['public.accounts.pin'], as: 'nullify' },
  { id: 'contact', columns: ['public.accounts.contact'], as: 'redact' },
  { id: 'body', columns: ['public.letters.body'], as: 'redact' },
  { id: 'secret', columns: ['public.people.secret'], as: 'redact' },
  { id: 'salary', columns: ['public.staff.salary'], as: 'redact' },
  { id: 'halves', columns: ['public.vault.left_half', 'public.vault.right_half'], as: 'nullify' },
  { id: 'labelled', labels: ['pii.any'], as: 'redact' },
]

const labelled = Object.keys(documented.labels)

/** Everything a policy can allow that leaves the server's own files, code and roles alone. */
const effects = [
  'read',
  'write',
  'insert',
  'update',
  'delete',
  'merge',
  'tx',
  'session_ok',
  'cursor',
  'prepare',
  'explain',
  'indirect',
  'lock_rows',
  'lock',
  'write_sequence',
  'notify',
  'session',
  'bulk_export',
  'bulk_import',
  'ddl',
  'introspect_settings',
]

function variant(name: string, rules: readonly MaskRule[], more: readonly string[] = []): Variant {
  return {
    name,
    telltales: rules.every(({ uses }) => uses?.derived !== 'mask'),
    policy: {
      kind: 'policy',
      name,
      subjects: { groups: [name] },
      resources: { names: ['twin'] },
      rules: [{ id: 'these', match: { effects: { only: [...effects, ...more] } }, action: 'allow' }],
      ...(rules.length > 0 && { masks: rules }),
    },
  }
}

/** Whether there is a value is hidden by `nullify` alone. */
const all = (as: 'redact' | 'nullify') => masks.map((rule) => (rule.as === 'nullify' ? rule : { ...rule, as }))

export const plain = variant('plain', masks)

/** By definition oracles, so of no variant: `predicate: any` and `equality`, `key: allow`, `sink: allow`. */
export const variants: readonly Variant[] = [
  plain,
  variant(
    'derived',
    masks.map((rule) => ({ ...rule, uses: { derived: 'mask' as const } })),
  ),
  variant('redacted', all('redact')),
  variant('nullified', all('nullify')),
  variant('wide', masks, ['introspect_values', 'unsafe_setting', 'name_resolution', 'maintenance', 'large_object', 'delay', 'truncate']),
]

/** Nothing is masked: the twins must be told apart. */
export const bare = variant('bare', [])

/** As `plain`, but for one rule: what it hid must be told. With the names of the columns it is about. */
export const without: readonly { readonly columns: readonly string[]; readonly variant: Variant }[] = masks.map(
  ({ id, columns = labelled }) => ({
    columns: columns.map((column) => column.split('.').at(-1) ?? ''),
    variant: variant(
      `without-${id}`,
      masks.filter((rule) => rule.id !== id),
    ),
  }),
)

export const hashKeys: NonNullable<GatewayOptions['hashKeys']> = [{ epoch: 1, key: new Uint8Array(32).fill(7) }]
