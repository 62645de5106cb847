import type { Engine, EngineOptions } from '@sallyport/gate'

export async function createEngine(_options: EngineOptions): Promise<Engine> {
  throw new Error('the PostgreSQL engine is being built')
}
