import { readonly, ref } from 'vue'
import { asProblem } from '@/api/problem'
import { translate } from '@/i18n'
import { problemText } from './problemText'

export interface ToastInput {
  text: string
  title?: string
  tone?: 'neutral' | 'success' | 'warning' | 'danger'
  /** One thing to do about it, such as to take it back. */
  action?: { label: string; run: () => void }
  /** Milliseconds; what can be acted upon stays longer. */
  duration?: number
}

export interface Toast extends ToastInput {
  id: number
}

const MOST = 4
const toasts = ref<Toast[]>([])
let lastId = 0

function show(input: ToastInput): number {
  lastId += 1
  toasts.value = [...toasts.value, { ...input, id: lastId }].slice(-MOST)
  return lastId
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

/** A problem in the words that people read. */
function problem(error: unknown, title?: string): number {
  const text = problemText(asProblem(error), translate)
  return show({ tone: 'danger', text, duration: 10_000, ...(title ? { title } : {}) })
}

/** Short messages at the edge, also read out. Usable outside of components. */
export function useToasts() {
  return { toasts: readonly(toasts), show, dismiss, problem }
}
