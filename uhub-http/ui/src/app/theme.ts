import { computed, readonly, ref } from 'vue'

export const THEMES = ['dark', 'light', 'system'] as const
export type ThemeChoice = (typeof THEMES)[number]

const STORED = 'uhub.theme'
const prefersLight = globalThis.matchMedia?.('(prefers-color-scheme: light)')
const systemIsLight = ref(prefersLight?.matches ?? false)
const choice = ref<ThemeChoice>('dark')

const resolved = computed(() => resolveTheme(choice.value, systemIsLight.value))

function isChoice(value: string | null | undefined): value is ThemeChoice {
  return (THEMES as readonly (string | null | undefined)[]).includes(value)
}

export function resolveTheme(chosen: ThemeChoice, isSystemLight: boolean): 'dark' | 'light' {
  if (chosen !== 'system') return chosen
  return isSystemLight ? 'light' : 'dark'
}

function show(): void {
  document.documentElement.dataset['theme'] = resolved.value
}

/** At start, before anything is drawn: what was chosen in this browser, or else the house's dark. */
export function loadTheme(): void {
  const stored = localStorage.getItem(STORED)
  if (isChoice(stored)) choice.value = stored
  prefersLight?.addEventListener('change', (event) => {
    systemIsLight.value = event.matches
    show()
  })
  show()
}

export function chooseTheme(next: ThemeChoice): void {
  choice.value = next
  localStorage.setItem(STORED, next)
  show()
}

/** The theme that the user keeps at the hub, where this browser has no choice of its own. */
export function followUserTheme(theme: 'dark' | 'light'): void {
  if (localStorage.getItem(STORED) !== null) return
  choice.value = theme
  show()
}

export function useTheme() {
  return { choice: readonly(choice), resolved, choose: chooseTheme }
}
