import { expect, it } from 'vitest'
import { soakDocument } from './soak-report.js'

it('the document of soaks has a section for each check, with where it ran and how its figures are to be read', () => {
  const document = soakDocument({
    kills: {
      title: 'An agent killed 50 times',
      figures: [
        { what: 'written', value: 12_345.678 },
        { what: 'longest outage', value: 1.239, unit: 's' },
      ],
      versions: { node: 'v20.20.2', postgres: '15.18' },
      machine: { cpu: 'A chip', cores: 2, memoryGiB: 24, kernel: '6.1', load: [0, 0.5, 1] },
      day: '2026-01-02',
    },
  })
  expect(document).toContain('## kills\n\nAn agent killed 50 times.\n')
  expect(document).toContain('| written | 12,346 |\n| longest outage | 1.24 s |\n')
  expect(document).toContain('2026-01-02; 2 × A chip, 24 GiB, Linux 6.1, load before 0 0.5 1; Node v20.20.2; PostgreSQL 15.18.')
})
