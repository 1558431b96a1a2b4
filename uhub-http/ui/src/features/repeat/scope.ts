import { shallowRef } from 'vue'
import type { SeriesScope } from '@/api/types'

/** Of what repeats, how much of it. */
export const SCOPES = ['this', 'following', 'all'] as const satisfies SeriesScope[]

/** What is about to be done to it. */
export type ScopeOf = 'move' | 'edit' | 'cancel'

export interface ScopeQuestion {
  of: ScopeOf
  title: string
  answer: (scope: SeriesScope | null) => void
}

/** The question that is on the screen. */
export const scopeQuestion = shallowRef<ScopeQuestion | null>(null)

/** Asks how much of what repeats is meant. `null`: none of it, it was thought better of. */
export function askScope(of: ScopeOf, title: string): Promise<SeriesScope | null> {
  scopeQuestion.value?.answer(null)
  return new Promise((done) => {
    scopeQuestion.value = {
      of,
      title,
      answer(scope) {
        scopeQuestion.value = null
        done(scope)
      },
    }
  })
}
