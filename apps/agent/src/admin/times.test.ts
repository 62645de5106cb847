import { expect, it } from 'vitest'
import { createTimes } from './times.js'

it('times stand in the first bucket that holds them and in all later ones, each label by itself', () => {
  const times = createTimes({ name: 'waits', help: 'How long', label: 'answer', values: ['yes', 'no', 'never'], buckets: [0.1, 1] })
  for (const seconds of [0.05, 0.1, 0.5, 7]) times.observe('yes', seconds)
  times.observe('no', 0.25)
  expect(times.text()).toBe(`# HELP waits How long
# TYPE waits histogram
waits_bucket{answer="yes",le="0.1"} 2
waits_bucket{answer="yes",le="1"} 3
waits_bucket{answer="yes",le="+Inf"} 4
waits_sum{answer="yes"} 7.65
waits_count{answer="yes"} 4
waits_bucket{answer="no",le="0.1"} 0
waits_bucket{answer="no",le="1"} 1
waits_bucket{answer="no",le="+Inf"} 1
waits_sum{answer="no"} 0.25
waits_count{answer="no"} 1
`)
})
