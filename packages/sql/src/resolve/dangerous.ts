/**
 * Built-in functions that do more than compute: by name, whatever their volatility says (some are marked stable). The first
 * pattern that fits decides. Contributed modules are here too, so that what they do is named beside `execute_unknown`.
 */
const dangerous: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(query|table|schema|database|cursor)_to_xml/, ['dynamic_sql']],
  [
    /^(ts_stat|ts_rewrite|currtid2?|pg_input_is_valid|pg_input_error_info|(array|domain|record|range|multirange)_in|crosstab.*|connectby|xpath_table)$/,
    ['dynamic_sql'],
  ],
  [/^(dblink|postgres_fdw_)/, ['network', 'dynamic_sql']],
  [/^lo_(import|export)$/, ['filesystem', 'large_object']],
  [/^(lo_.*|loread|lowrite)$/, ['large_object']],
  [/^pg_(hba_file_rules|ident_file_mappings|show_all_file_settings)$/, ['filesystem', 'introspect_values']],
  [/^pg_(read_(binary_)?file.*|ls_.*|stat_file|current_logfile|file_.*|available_wal_summaries|wal_summary_contents)$/, ['filesystem']],
  [
    /^pg_(logical_.*|create_(logical|physical)_replication_slot|copy_(logical|physical)_replication_slot|drop_replication_slot)$/,
    ['replication'],
  ],
  [/^pg_(replication_.*|show_replication_origin_status|export_snapshot|sync_replication_slots|get_replication_slots)$/, ['replication']],
  [/^pg_stat_get_wal_(senders|receiver)$/, ['replication', 'introspect_values']],
  [/^pg_(terminate_backend|cancel_backend|reload_conf|rotate_logfile.*|switch_wal|promote|create_restore_point|nextoid)$/, ['admin']],
  [/^pg_(stat_reset.*|backup_.*|start_backup|stop_backup|wal_replay_(pause|resume)|log_.*|stop_making_pinned_objects)$/, ['admin']],
  [/^(pg_(clear|restore)_.*_stats|binary_upgrade_.*)$/, ['admin']],
  [/^pg_(import_system_collations|extension_config_dump)$/, ['ddl']],
  [/^(brin_(summarize|desummarize)_.*|gin_clean_pending_list)$/, ['maintenance']],
  [/^(nextval|setval)$/, ['write_sequence']],
  [/^pg_notify$/, ['notify']],
  [/^pg_(try_)?advisory_/, ['lock']],
  [/^pg_sleep/, ['delay']],
  [/^setseed$/, ['session_ok']],
  [
    /^pg_(stat_get_activity|stat_get_backend_(activity|client).*|mcv_list_items|lock_status|prepared_statement|prepared_xact|cursor)$/,
    ['introspect_values'],
  ],
  [/^pg_(show_all_settings|config)$/, ['introspect_settings']],
]

/** Volatile built-in functions that only read; any other volatile one is code of unknown effect. `set_config` is told by its settings. */
const harmlessVolatile: ReadonlySet<string> = new Set(
  `amvalidate array_sample array_shuffle bernoulli clock_timestamp current_query currval gen_random_uuid lastval pg_blocking_pids
  pg_collation_actual_version pg_control_checkpoint pg_control_init pg_control_recovery pg_control_system pg_current_wal_flush_lsn
  pg_current_wal_insert_lsn pg_current_wal_lsn pg_database_collation_actual_version pg_database_size pg_get_aios
  pg_get_backend_memory_contexts pg_get_loaded_modules pg_get_multixact_members pg_get_sequence_data pg_get_shmem_allocations
  pg_get_shmem_allocations_numa pg_get_wait_events pg_get_wal_replay_pause_state pg_get_wal_resource_managers
  pg_get_wal_summarizer_state pg_indexes_size pg_is_in_recovery pg_is_wal_replay_paused pg_isolation_test_session_is_blocked
  pg_jit_available pg_last_committed_xact pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp
  pg_notification_queue_usage pg_partition_ancestors pg_partition_tree pg_relation_size pg_safe_snapshot_blocking_pids
  pg_sequence_last_value pg_stat_clear_snapshot pg_stat_force_next_flush pg_stat_get_backend_io pg_stat_get_backend_wal
  pg_stat_get_io pg_stat_get_recovery_prefetch pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit
  pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time
  pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched pg_stat_get_xact_tuples_hot_updated
  pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_newpage_updated pg_stat_get_xact_tuples_returned
  pg_stat_get_xact_tuples_updated pg_stat_have_stats pg_table_size pg_tablespace_size pg_total_relation_size
  pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_xact_status random random_normal set_config system timeofday
  txid_status uuidv4 uuidv7`.split(/\s+/),
)

export function dangersOf(name: string): readonly string[] {
  return dangerous.find(([pattern]) => pattern.test(name))?.[1] ?? []
}

/** A built-in function that computes or reads and does nothing else. */
export function isPlainBuiltin(name: string, volatility: 'i' | 's' | 'v'): boolean {
  return dangersOf(name).length === 0 && (volatility !== 'v' || harmlessVolatile.has(name))
}

/** System relations with other people's data, statements or credentials in them. */
const valueBearing: ReadonlySet<string> = new Set(
  `pg_catalog.pg_stats pg_catalog.pg_stats_ext pg_catalog.pg_stats_ext_exprs pg_catalog.pg_statistic pg_catalog.pg_statistic_ext_data
  pg_catalog.pg_stat_activity pg_catalog.pg_stat_wal_receiver pg_catalog.pg_stat_replication pg_catalog.pg_authid
  pg_catalog.pg_shadow pg_catalog.pg_user_mapping pg_catalog.pg_user_mappings pg_catalog.pg_largeobject pg_catalog.pg_subscription
  pg_catalog.pg_hba_file_rules pg_catalog.pg_ident_file_mappings pg_catalog.pg_file_settings pg_catalog.pg_prepared_statements
  pg_catalog.pg_prepared_xacts pg_catalog.pg_cursors pg_catalog.pg_locks pg_catalog.pg_replication_slots
  information_schema.user_mapping_options information_schema.foreign_server_options`.split(/\s+/),
)

export function bearsValues(relation: string): boolean {
  return valueBearing.has(relation) || /(^|\.)pg_stat_statements(_info)?$/.test(relation)
}

export const settingsRelation = 'pg_catalog.pg_settings'
