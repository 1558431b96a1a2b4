import { expect, it } from 'vitest'
import { limitDrafts, limitInput } from './limits'

it('limits go there and back, and leave the rest alone', () => {
  const config = { cpus: 0.5, docker: { network: 'none' } }
  const drafts = limitDrafts(config)
  expect(drafts).toMatchObject({ cpus: '0.5', pids: '' })
  expect(limitInput(config, { ...drafts, cpus: '', pids: ' 64 ' })).toEqual({ pids: 64, docker: { network: 'none' } })
  expect(limitInput({ cpus: 1 }, { ...drafts, cpus: '' })).toBeNull()
  expect(limitInput(null, { ...drafts, cpus: '1,5' })).toEqual({ cpus: 1.5 })
})
