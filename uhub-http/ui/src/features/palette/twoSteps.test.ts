import { describe, expect, it } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import type { PaletteMode } from '@/app/overlays'
import { useTwoSteps } from './twoSteps'

function begun() {
  const query = ref('')
  const mode = ref<PaletteMode>('root')
  const enter = (next: PaletteMode) => (mode.value = next)
  const two = effectScope().run(() => useTwoSteps<{ name: string }>({ query, mode, enter, close: () => undefined }, 'launch'))!
  const screen = two.screenOf(() => ({
    title: 'Launch',
    name: ({ name }) => name,
    choose: () => ({ placeholder: 'which', items: [], loading: false, filters: true }),
    confirm: () => ({ placeholder: 'sure', items: [], loading: false, note: { tone: 'info', text: 'it runs' } }),
  }))
  return { ...two, query, mode, screen }
}

describe('two steps', () => {
  it('ask which one, then whether', async () => {
    const { query, mode, screen, choose, isChoosing } = begun()
    expect(isChoosing.value).toBe(false)
    mode.value = 'launch'
    expect(isChoosing.value).toBe(true)
    expect(screen.value).toMatchObject({ crumbs: ['Launch'], placeholder: 'which', filters: true, note: null })
    query.value = 'back'
    choose({ name: 'Backup' })
    expect(query.value).toBe('')
    expect(isChoosing.value).toBe(false)
    expect(screen.value).toMatchObject({ crumbs: ['Launch', 'Backup'], placeholder: 'sure', filters: false, note: { text: 'it runs' } })
  })

  it('go back one by one, with nothing typed', () => {
    const { query, mode, screen, choose, chosen } = begun()
    mode.value = 'launch'
    choose({ name: 'Backup' })
    query.value = 'a reason'
    expect(screen.value.back()).toBe(true)
    expect([chosen.value, mode.value, query.value]).toEqual([null, 'launch', ''])
    expect(screen.value.back()).toBe(true)
    expect(mode.value).toBe('root')
  })

  it('stay where the hub refuses, with its words, and begin anew when entered again', async () => {
    const { mode, screen, choose, chosen, attempt } = begun()
    mode.value = 'launch'
    await nextTick()
    choose({ name: 'Backup' })
    await attempt(() => Promise.reject(new Error('no')))
    expect(screen.value).toMatchObject({ placeholder: 'sure', note: { tone: 'danger' } })
    mode.value = 'root'
    await nextTick()
    mode.value = 'launch'
    await nextTick()
    expect(chosen.value).toBeNull()
    expect(screen.value.note).toBeNull()
  })
})
