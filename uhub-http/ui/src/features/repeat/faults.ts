import { namesStart } from './days'
import type { Repeat } from './rule'

const isCount = (value: number) => Number.isInteger(value) && value > 0

/** What is wrong with it before it is sent: keys of messages, by the part that is wrong. */
export function faultsOfRepeat(repeat: Repeat, start: string): Record<string, string> {
  if (repeat.frequency === 'never') return {}
  if (repeat.frequency === 'custom') return repeat.custom.trim() ? {} : { rule: 'repeat.fault.rule' }
  if (repeat.frequency !== 'weekdays' && !isCount(repeat.interval)) return { interval: 'repeat.fault.interval' }
  if (repeat.end === 'count' && !isCount(repeat.count)) return { count: 'repeat.fault.count' }
  if (repeat.end === 'until' && !(repeat.until >= start)) return { until: 'repeat.fault.until' }
  return namesStart(repeat, start) ? {} : { start: 'repeat.fault.start' }
}
