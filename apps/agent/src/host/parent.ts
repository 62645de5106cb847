/** Calls `gone` once when the process that started this one is no more. A process started by init itself never is. */
export function watchParent(gone: () => void): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    gone()
  }, 200)
  timer.unref()
}
