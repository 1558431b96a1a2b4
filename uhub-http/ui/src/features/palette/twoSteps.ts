import { computed, ref, shallowRef, watch } from 'vue'
import { asProblem } from '@/api/problem'
import type { PaletteMode } from '@/app/overlays'
import type { Item, Note, Screen } from './item'
import type { Palette } from './screen'

/** What one of the two steps shows. */
interface Step {
  placeholder: string
  items: Item[]
  filters?: boolean
  loading: boolean
  note?: Note | null
}

interface Steps<T> {
  title: string
  /** What is chosen, in the line of where one is. */
  name: (one: T) => string
  choose: () => Step
  confirm: (one: T) => Step
}

/** A mode that asks which one, then what is to become of it, and does so. It begins anew whenever it is entered. */
export function useTwoSteps<T>({ query, mode, enter }: Palette, own: PaletteMode) {
  const chosen = shallowRef<T | null>(null)
  const note = ref<Note | null>(null)
  /** When it was entered. */
  const since = ref(0)
  const isOpen = computed(() => mode.value === own)
  const isChoosing = computed(() => isOpen.value && chosen.value === null)

  watch(isOpen, (is) => {
    if (!is) return
    since.value = Date.now()
    chosen.value = null
    note.value = null
  })

  function choose(one: T): void {
    chosen.value = one
    query.value = ''
  }

  /** Does it; what the hub has against it is shown, and the step stays. */
  async function attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      note.value = { tone: 'danger', text: asProblem(error).sentence }
    }
  }

  function back(): boolean {
    note.value = null
    if (chosen.value === null) enter('root')
    chosen.value = null
    query.value = ''
    return true
  }

  const screenOf = (steps: () => Steps<T>) => computed<Screen>(() => {
    const { title, name, choose, confirm } = steps()
    const one = chosen.value
    const step = one === null ? choose() : confirm(one)
    return { filters: false, ...step, crumbs: one === null ? [title] : [title, name(one)], note: note.value ?? step.note ?? null, back }
  })

  return { chosen, note, since, isOpen, isChoosing, choose, attempt, screenOf }
}
