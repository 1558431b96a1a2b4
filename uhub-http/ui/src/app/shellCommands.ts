import {
  Ban, CalendarPlus, CirclePlay, CircleStop, Keyboard, Languages, LogOut, MonitorCog, Moon, Palette, PanelLeft, Search, Settings, ShieldCheck, Sun,
} from '@lucide/vue'
import { onScopeDispose, watch } from 'vue'
import { useRouter } from 'vue-router'
import { session } from '@/api/session'
import { chooseLocale, currentLocale, LOCALE_NAMES, LOCALES, translate as t } from '@/i18n'
import { useToasts } from '@/ui/toasts'
import { commandFor, commands, registerCommand, useCommands } from './commands'
import { navigation } from './navigation'
import { isPaletteOpen, isShortcutSheetOpen, openPalette } from './overlays'
import { createMatcher, isForTyping, isInsideOverlay, keyName } from './shortcuts'
import { useTheme } from './theme'

/** Commands that every page has, and the keys that run commands. */
export function useShellCommands({ toggleSidebar }: { toggleSidebar: () => void }): void {
  const router = useRouter()
  const theme = useTheme()
  const toasts = useToasts()

  useCommands([
    { id: 'palette', title: () => t('shell.command.palette'), group: 'help', icon: Search, shortcut: 'mod+k', run: () => openPalette() },
    { id: 'search', title: () => t('shell.command.search'), group: 'help', icon: Search, shortcut: '/', run: () => openPalette() },
    { id: 'shortcuts', title: () => t('shell.command.shortcuts'), group: 'help', icon: Keyboard, shortcut: '?', run: () => (isShortcutSheetOpen.value = true) },
    { id: 'job.create', title: () => t('shell.command.createJob'), group: 'create', icon: CalendarPlus, shortcut: 'c', run: () => openPalette('create') },
    { id: 'job.launch', title: () => t('shell.command.launchJob'), group: 'create', icon: CirclePlay, shortcut: 'l', run: () => openPalette('launch') },
    {
      id: 'approval.decide',
      title: () => t('shell.command.approve'),
      group: 'create',
      icon: ShieldCheck,
      shortcut: 'a',
      blocked: () => (session.may('approve') === 'allow' ? null : t('shell.command.notAllowed', { role: t(`common.role.${session.me.value?.role ?? 'dev'}`) })),
      run: () => openPalette('approve'),
    },
    { id: 'job.cancel', title: () => t('shell.command.callOff'), group: 'create', icon: Ban, run: () => openPalette('callOff') },
    { id: 'run.cancel', title: () => t('shell.command.cancelRun'), group: 'create', icon: CircleStop, run: () => openPalette('cancel') },
    ...(['project', 'type', 'status'] as const).map((color) => ({
      id: `calendar.color.${color}`,
      title: () => t(`shell.command.color.${color}`),
      group: 'view' as const,
      icon: Palette,
      run: () => {
        const here = router.currentRoute.value
        const name = here.name === 'timeline' ? 'timeline' : 'calendar'
        return router.push({ name, query: { ...(here.name === name ? here.query : {}), color } })
      },
    })),
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
    // What is typed while the palette is still being fetched is not meant for the page.
    if (isPaletteOpen.value && !name?.startsWith('mod+')) return
    if (name === null || isForTyping(event.target, name) || (isInsideOverlay(event.target) && !name.startsWith('mod+'))) return
    const shortcut = match(name, event.timeStamp)
    if (shortcut === null) return
    event.preventDefault()
    void commandFor(shortcut)?.run()
  }
  window.addEventListener('keydown', press)
  onScopeDispose(() => window.removeEventListener('keydown', press))
}
