/**
 * Calls `gone` once when the process that started this one is no more: a supervisor that was killed cannot say goodbye,
 * but then somebody else has become the parent. For a process that init itself started it is never called.
 */
export function watchParent(gone: () => void): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    gone()
  }, 200)
  timer.unref()
}
