import type { Setting } from '../outline/outline.js'

/** Settings that a session may change at will, as far as this list of kinds goes. */
const ordinary: ReadonlySet<string> = new Set(
  `datestyle timezone intervalstyle extra_float_digits bytea_output application_name client_min_messages jit geqo
  transaction_isolation transaction_deferrable xmloption restrict_nonsystem_relation_kind`.split(/\s+/),
)
const timeouts: ReadonlySet<string> = new Set(
  'statement_timeout lock_timeout idle_in_transaction_session_timeout idle_session_timeout transaction_timeout'.split(' '),
)
const lexing: ReadonlySet<string> = new Set(['standard_conforming_strings', 'backslash_quote', 'escape_string_warning', 'client_encoding'])
const identity: ReadonlySet<string> = new Set(['role', 'session_authorization'])

/** 256 MiB, in kB. */
const maxWorkMem = 262_144

const milliseconds: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 }
const kilobytes: Readonly<Record<string, number>> = { b: 1 / 1024, kb: 1, mb: 1024, gb: 1_048_576, tb: 1_073_741_824 }

function amount(value: string | undefined, units: Readonly<Record<string, number>>, plain: number): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(value ?? '')
  if (match === null) return undefined
  const unit = match[2] === '' ? plain : units[match[2]!.toLowerCase()]
  return unit === undefined ? undefined : Number(match[1]) * unit
}

/** Effects of one SET, RESET or set_config. `limits` are upper bounds of time-outs in milliseconds. */
export function effectsOfSetting(setting: Setting, limits: Readonly<Record<string, number>>): readonly string[] {
  const { action, name, value } = setting
  // Back to what the session began with: the gateway chose that, or checked it. A role alone is nobody's to change.
  if (action === 'reset' && (name === undefined || name === 'search_path' || name === 'session_authorization')) return ['session_ok']
  if (name === undefined) return ['unsafe_setting', 'lexing', 'name_resolution', 'impersonate']
  if (identity.has(name)) return ['impersonate']
  if (name === 'search_path') return ['name_resolution']
  if (lexing.has(name)) return staysAsItIs(setting) ? ['session_ok'] : ['lexing']
  if (ordinary.has(name) || name.startsWith('enable_')) return ['session_ok']
  if (action === 'reset') return timeouts.has(name) || name === 'work_mem' ? ['session_ok'] : ['unsafe_setting']
  if (name === 'work_mem') return (amount(value, kilobytes, 1) ?? Infinity) <= maxWorkMem ? ['session_ok'] : ['unsafe_setting']
  if (timeouts.has(name)) return withinLimit(value, limits[name]) ? ['session_ok'] : ['unsafe_setting']
  return ['unsafe_setting']
}

/** Zero means no limit at all. */
function withinLimit(value: string | undefined, limit: number | undefined): boolean {
  if (limit === undefined) return true
  const wanted = amount(value, milliseconds, 1)
  return wanted !== undefined && wanted > 0 && wanted <= limit
}

/** Drivers assert the two settings that every session has anyway. */
function staysAsItIs({ action, name, value }: Setting): boolean {
  if (action !== 'set' || value === undefined) return false
  if (name === 'client_encoding') return /^(utf-?8|unicode)$/i.test(value)
  return name === 'standard_conforming_strings' && /^(on|true|yes|1)$/i.test(value)
}
