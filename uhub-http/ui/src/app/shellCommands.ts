import { Keyboard, Languages, LogOut, MonitorCog, Moon, PanelLeft, Search, Settings, Sun } from '@lucide/vue'
import { onScopeDispose, watch } from 'vue'
import { useRouter } from 'vue-router'
import { session } from '@/api/session'
import { chooseLocale, currentLocale, LOCALE_NAMES, LOCALES, translate as t } from '@/i18n'
import { useToasts } from '@/ui/toasts'
import { commandFor, commands, registerCommand, useCommands } from './commands'
import { navigation } from './navigation'
import { isPaletteOpen, isShortcutSheetOpen } from './overlays'
import { createMatcher, isForTyping, isInsideOverlay, keyName } from './shortcuts'
import { useTheme } from './theme'

/** Commands that every page has, and the keys that run commands. */
export function useShellCommands({ toggleSidebar }: { toggleSidebar: () => void }): void {
  const router = useRouter()
  const theme = useTheme()
  const toasts = useToasts()

  useCommands([
    { id: 'palette', title: () => t('shell.command.palette'), group: 'help', icon: Search, shortcut: 'mod+k', run: () => (isPaletteOpen.value = true) },
    { id: 'shortcuts', title: () => t('shell.command.shortcuts'), group: 'help', icon: Keyboard, shortcut: '?', run: () => (isShortcutSheetOpen.value = true) },
    { id: 'go.settings', title: () => t('shell.nav.settings'), group: 'go', icon: Settings, shortcut: 'g s', run: () => router.push({ name: 'settings' }) },
    { id: 'theme.dark', title: () => t('shell.command.themeDark'), group: 'view', icon: Moon, when: () => theme.choice.value !== 'dark', run: () => theme.choose('dark') },
    { id: 'theme.light', title: () => t('shell.command.themeLight'), group: 'view', icon: Sun, when: () => theme.choice.value !== 'light', run: () => theme.choose('light') },
    { id: 'theme.system', title: () => t('shell.command.themeSystem'), group: 'view', icon: MonitorCog, when: () => theme.choice.value !== 'system', run: () => theme.choose('system') },
    ...LOCALES.map((locale) => ({
      id: `language.${locale}`,
      title: () => t('shell.command.language', { name: LOCALE_NAMES[locale] }),
      group: 'view' as const,
      icon: Languages,
      when: () => currentLocale() !== locale,
      run: () => chooseLocale(locale),
    })),
    { id: 'sidebar', title: () => t('shell.command.sidebar'), group: 'view', icon: PanelLeft, shortcut: '[', run: toggleSidebar },
    { id: 'signout', title: () => t('shell.signOut'), group: 'session', icon: LogOut, run: () => session.signOut().catch(toasts.problem) },
  ])

  let takeBack: (() => void)[] = []
  watch(navigation, (groups) => {
    takeBack.forEach((one) => one())
    takeBack = groups.flatMap((group) => group.items).map((item) => registerCommand({
      id: `go.${item.name}`,
      title: () => t(item.label),
      group: 'go',
      icon: item.icon,
      shortcut: item.shortcut,
      run: () => router.push({ name: item.name }),
    }))
  }, { immediate: true })
  onScopeDispose(() => takeBack.forEach((one) => one()))

  useShortcutKeys()
}

function useShortcutKeys(): void {
  const match = createMatcher(
    (shortcut) => commandFor(shortcut) !== undefined,
    (keys) => commands.value.some((command) => command.shortcut?.startsWith(keys)),
  )
  function press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.repeat || event.isComposing) return
    const name = keyName(event)
    if (name === null || isForTyping(event.target, name) || (isInsideOverlay(event.target) && !name.startsWith('mod+'))) return
    const shortcut = match(name, event.timeStamp)
    if (shortcut === null) return
    event.preventDefault()
    void commandFor(shortcut)?.run()
  }
  window.addEventListener('keydown', press)
  onScopeDispose(() => window.removeEventListener('keydown', press))
}
