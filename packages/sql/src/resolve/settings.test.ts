import { describe, expect, test } from 'vitest'
import { effects, only } from '../../corpus/world.js'

describe('SET and RESET by what the setting governs', () => {
  test.each([
    ["set statement_timeout = '5s'", 'session_ok'],
    ['set application_name = x', 'session_ok'],
    ['set datestyle to iso, mdy', 'session_ok'],
    ["set time zone 'UTC'", 'session_ok'],
    ["set time zone interval '-08:00' hour to minute", 'session_ok'],
    ['set enable_seqscan = off', 'session_ok'],
    ['set transaction_isolation = serializable', 'session_ok'],
    ['set work_mem = 1024', 'session_ok'],
    ["set work_mem = '256MB'", 'session_ok'],
    ["set work_mem = '1GB'", 'unsafe_setting'],
    ['reset work_mem', 'session_ok'],
    ['set client_encoding = utf8', 'session_ok'],
    ["set names 'UTF-8'", 'session_ok'],
    ["set names 'GBK'", 'lexing'],
    ['set client_encoding to default', 'lexing'],
    ['reset client_encoding', 'lexing'],
    ['set standard_conforming_strings = on', 'session_ok'],
    ['set standard_conforming_strings = off', 'lexing'],
    ['set backslash_quote = on', 'lexing'],
    ['set escape_string_warning = off', 'lexing'],
    ['set search_path = alt', 'name_resolution'],
    ["set schema 'alt'", 'name_resolution'],
    ['reset search_path', 'session_ok'],
    ['set role postgres', 'impersonate'],
    ['set local role postgres', 'impersonate'],
    ['reset role', 'impersonate'],
    ['set transaction_timeout = 0', 'session_ok'],
    ['set session authorization default', 'session_ok'],
    ['set "Role" = postgres', 'impersonate'],
    ['reset all', 'session_ok'],
    ['discard all', 'session_ok'],
    ['set session_replication_role = replica', 'unsafe_setting'],
    ['set row_security = off', 'unsafe_setting'],
    ['set default_transaction_read_only = off', 'unsafe_setting'],
    ["set local_preload_libraries = 'x'", 'unsafe_setting'],
    ['set my.own = 1', 'unsafe_setting'],
    ["select set_config('timezone', 'UTC', false)", 'read session_ok'],
    ["select set_config('search_path', '', false)", 'name_resolution read'],
    ["select pg_catalog.set_config('ROLE', 'x', false)", 'impersonate read'],
    ["select set_config('standard_conforming_strings', 'off', false)", 'lexing read'],
    [
      "select set_config(name, 'x', false) from pg_settings where name = 'restrict_nonsystem_relation_kind'",
      'introspect_settings read session_ok',
    ],
    ["select set_config(name, 'x', false) from pg_settings where name = 'role'", 'impersonate introspect_settings read'],
    [
      "select set_config(name, 'x', false) from pg_settings where name = 'jit' or true",
      'impersonate introspect_settings lexing name_resolution read unsafe_setting',
    ],
    [
      "select set_config(setting, 'x', false) from pg_settings where name = 'jit'",
      'impersonate introspect_settings lexing name_resolution read unsafe_setting',
    ],
    [
      "select set_config(name, 'x', false) from pg_settings, orders where name = 'jit'",
      'impersonate introspect_settings lexing name_resolution read unsafe_setting',
    ],
    ["select set_config(note, 'x', false) from orders", 'impersonate lexing name_resolution read unsafe_setting'],
    ["select set_config('role' || '', 'x', false)", 'impersonate lexing name_resolution read unsafe_setting'],
    ["select set_config('timezone'::varchar(4), 'x', false)", 'impersonate lexing name_resolution read unsafe_setting'],
    [
      "select set_config(setting_name => 'timezone', new_value => 'UTC', is_local => false)",
      'impersonate lexing name_resolution read unsafe_setting',
    ],
  ])('%s', (text, expected) => {
    expect(effects(text)).toBe(expected)
    expect(only(text).action.certainty).toBe('exact')
  })
})

test.each([
  ["'5s'", 'session_ok'],
  ['30000', 'session_ok'],
  ["'0.5min'", 'session_ok'],
  ['30001', 'unsafe_setting'],
  ["'1min'", 'unsafe_setting'],
  ['0', 'unsafe_setting'],
  ["'0'", 'unsafe_setting'],
  ['-1', 'unsafe_setting'],
  ["'5 parsecs'", 'unsafe_setting'],
])('where the target imposes 30 s, a time-out of %s is %s', (value, expected) => {
  expect(effects(`set statement_timeout = ${value}`, { limits: { statement_timeout: 30_000 } })).toBe(expected)
})

test('without a limit of the target any time-out will do', () => {
  expect(effects('set statement_timeout = 0')).toBe('session_ok')
})
