import { cpus, loadavg, release, totalmem } from 'node:os'

/** What figures depend on. `load`: of the last 1, 5 and 15 minutes, so that it tells whether others were at work. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly load: readonly number[]
}

export function machine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    load: loadavg().map((value) => Math.round(value * 10) / 10),
  }
}
