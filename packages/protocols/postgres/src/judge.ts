import type { Judge } from '@sallyport/gate'

export async function createJudge(): Promise<Judge> {
  throw new Error('the PostgreSQL judge is being built')
}
