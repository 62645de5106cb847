/**
 * What content detectors find, by the names that policies write (`detect: [email, card]`), and the label that a column
 * full of it deserves. `packages/masking` has one detector for each; a name that is not here is no detector.
 */
export interface DetectorFact {
  /** Of a column whose values are mostly this. */
  readonly label: string
  /** What it finds, as half a sentence for documentation and screens. */
  readonly finds: string
}

export const detectors = {
  email: { label: 'pii.email', finds: 'e-mail addresses' },
  card: { label: 'pii.card', finds: 'payment card numbers: issuer range and check digit' },
} as const satisfies Readonly<Record<string, DetectorFact>>

export type DetectorName = keyof typeof detectors

export const detectorNames = Object.keys(detectors) as readonly DetectorName[]
