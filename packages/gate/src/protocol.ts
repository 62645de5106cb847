import type { Action, Finding, LabelProposal, MaskKind, Masks, Resource, SessionFacts } from '@sallyport/core'
import type { Engine, Upstream } from './engine.js'
import type { Honoured } from './honour.js'
import type { MemoryBudget } from './memory.js'

/**
 * One line in the registry per protocol. Light enough for the control plane to import: the engine and the judge come
 * only when loaded. A caller must not reach around it into a protocol's package.
 */
export interface Protocol {
  readonly name: string
  /** Checks a resource's `target` document as a user wrote it (secrets included); answers every problem at once. */
  readonly target: TargetSchema
  readonly obligations: Honoured
  readonly load: {
    engine(options: EngineOptions): Promise<Engine>
    judge(): Promise<Judge>
    /** Absent: there is nothing to find out about targets of this protocol. */
    readonly probe?: () => Promise<Probe>
    /** Absent: nothing of targets of this protocol can be sampled. */
    readonly sample?: () => Promise<Sample>
  }
}

export interface TargetSchema {
  /** JSON Schema of `target`, for OpenAPI and the console. A `default` of a field at the top is what is saved where the field is absent. */
  readonly schema: Readonly<Record<string, unknown>>
  /** JSON pointers below `target` that are write-only. */
  readonly secrets: readonly string[]
  /** Fields whose change demands the secrets again. */
  readonly guarded: readonly string[]
  validate(target: unknown): readonly { readonly path: string; readonly message: string }[]
}

export interface EngineOptions {
  /** 16 bits that tell this agent's process from its siblings: part of the cancel keys it hands out. */
  readonly instance: number
  /** Shared by all engines of the process. */
  readonly memory: MemoryBudget
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void }
  /** Hears of every target model that differs from the one before: whoever judges elsewhere wants the same eyes. */
  readonly onModel?: (read: ReadModel) => void
}

export interface ReadModel {
  /** `res_` id. */
  readonly resource: string
  readonly database: string
  /** Digest of the model, in hex: the same model has the same epoch. */
  readonly epoch: string
  /** JSON text; it is what `Eyes.model` takes. Some hundred kilobytes, made when asked for. */
  json(): string
}

/** Turns a statement into what policy tests, explain and dry runs judge, with the same eyes as the engine. */
export interface Judge {
  judge(statement: string, eyes: Eyes): Promise<Judged>
}

/** What the engine would know beside the statement. */
export interface Eyes {
  /** The resource's document, secrets left out. */
  readonly target: Readonly<Record<string, unknown>>
  /** Of the session; the target's own unless told. */
  readonly database?: string
  /** As an agent uploaded it, as text or parsed. Absent: what depends on it is of unknown certainty. */
  readonly model?: unknown
  /** What the caller may see only masked. */
  readonly masks?: Masks
}

export interface Judged {
  /** In order; never empty but for a text of blanks. */
  readonly actions: readonly Action[]
  /** Per action what it answers, column by column; undefined where it answers no rows, or that is known only at the target. */
  readonly outputs: readonly (readonly JudgedOutput[] | undefined)[]
  /** What the protocol adds to the facts of the session. */
  readonly session: Pick<SessionFacts, 'database' | 'role'>
  /** What the document says and the model does not bear out, a sentence each. */
  readonly warnings: readonly string[]
}

export interface JudgedOutput {
  /** Full names of the columns it shows as they are, and of those it is computed from. */
  readonly bare: readonly string[]
  readonly derived: readonly string[]
  /** Absent: it is shown as it is. */
  readonly as?: MaskKind
}

/**
 * Looks at a target for nobody's sake but its owner's: with the login that sessions use, reading nothing of its data. No
 * byte of a caller's may ever go over what it dials. Throws `SallyportError` where the target cannot be looked at.
 */
export type Probe = (options: ProbeOptions) => Promise<Posture>

export interface ProbeOptions {
  readonly resource: Resource
  /** Of the policies over the resource: columns, or labels of columns, that some callers may see only masked. */
  readonly masked: readonly { readonly columns: readonly string[]; readonly labels: readonly string[] }[]
  readonly dial: () => Promise<Upstream>
  readonly signal: AbortSignal
}

export interface Posture {
  readonly database: string
  /** In the order of `orderFindings`. */
  readonly findings: readonly Finding[]
}

/**
 * Reads a few rows of a target for its owner's sake, with the login that sessions use and without changing anything, and
 * says which columns look as if they needed a label. No value, nor a part of one, may be in what it answers or throws.
 * Throws `SallyportError` where the target cannot be read.
 */
export type Sample = (options: SampleOptions) => Promise<Sampled>

export interface SampleOptions {
  readonly resource: Resource
  /** Of one relation, at most. */
  readonly rows: number
  /** Milliseconds after which it begins with no other relation. */
  readonly time: number
  readonly dial: () => Promise<Upstream>
  readonly signal: AbortSignal
}

export interface Sampled {
  readonly database: string
  /** Relations that were read; those that could not be, or for which there was no time. */
  readonly relations: number
  readonly skipped: number
  /** In the order of `orderProposals`. */
  readonly proposals: readonly LabelProposal[]
}
