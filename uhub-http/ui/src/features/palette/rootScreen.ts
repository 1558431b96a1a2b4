import { CalendarDays, ScrollText, User as UserIcon } from '@lucide/vue'
import { useQueries } from '@tanstack/vue-query'
import { computed, ref, watch } from 'vue'
import { useI18n } from '@/i18n'
import { useRouter } from 'vue-router'
import { readJob, useJobs } from '@/api/queries/jobs'
import { keys } from '@/api/queries/keys'
import { useProjects } from '@/api/queries/projects'
import { useUsers } from '@/api/queries/users'
import { useSession } from '@/api/session'
import type { Job, Project, User } from '@/api/types'
import { commands, type Command } from '@/app/commands'
import type { PaletteMode } from '@/app/overlays'
import { initials, plainLine } from '@/ui/text'
import type { Item, Screen } from './item'
import { useJobLine, useNotAllowed } from './lines'
import { rank } from './rank'
import { readRecents } from './recents'
import { useDebounced, type Palette } from './screen'

/** So long a text is worth asking the server for. */
const LONG_ENOUGH = 2
const RECENTS_SHOWN = 5
/** They are what is open, or are the palette itself. */
const LEFT_OUT = new Set(['palette', 'search'])
/** Commands that go on inside the palette. */
const MODES: Partial<Record<string, PaletteMode>> = { 'job.create': 'create', 'job.launch': 'launch', 'approval.decide': 'approve', 'job.cancel': 'callOff', 'run.cancel': 'cancel' }
/** In this order where nothing is typed. */
const ORDER: Record<Command['group'], number> = { create: 0, go: 1, view: 2, session: 3, help: 4 }

/** Everything that can be done or gone to. */
export function useRootScreen({ query, mode, enter }: Palette) {
  const { t } = useI18n()
  const router = useRouter()
  const { me, may, mayAskForAudit } = useSession()
  const line = useJobLine()
  const notAllowed = useNotAllowed()
  const projects = useProjects()
  const users = useUsers()
  const late = useDebounced(query)
  const recent = ref<string[]>([])

  watch([mode, () => me.value?.id], () => {
    if (mode.value === 'root' && me.value) recent.value = readRecents(me.value.id)
  }, { immediate: true })

  const isSearching = computed(() => mode.value === 'root' && late.value.trim().length >= LONG_ENOUGH)
  const jobs = useJobs(() => ({ q: late.value.trim().slice(0, 200), limit: 8 }), isSearching)

  const fromCommand = (command: Command): Item => {
    const next = MODES[command.id]
    return {
      id: command.id,
      title: command.title(),
      group: command.group,
      icon: command.icon,
      shortcut: command.shortcut,
      keywords: command.keywords?.() ?? [],
      blocked: command.blocked?.() ?? null,
      run: next ? () => enter(next) : command.run,
      keep: true,
      stays: next !== undefined,
    }
  }

  const fromJob = (job: Job): Item => ({
    ...line(job),
    id: `job.${job.id}`,
    icon: CalendarDays,
    run: () => router.push({ name: 'job', params: { id: job.id } }),
    keep: true,
  })

  const fromProject = (project: Project): Item => ({
    id: `project.${project.id}`,
    title: plainLine(project.name),
    group: 'projects',
    color: project.color,
    mark: initials(project.name),
    run: () => router.push({ name: 'project', params: { id: project.id } }),
    keep: true,
  })

  const fromUser = (user: User): Item => {
    const manages = may('user_manage') === 'allow'
    const audits = mayAskForAudit()
    return {
      id: `user.${user.id}`,
      title: plainLine(user.display_name),
      group: 'users',
      icon: manages || !audits ? UserIcon : ScrollText,
      hint: [plainLine(user.username), t(`common.role.${user.role}`)].join(' · '),
      keywords: [user.username, user.email],
      blocked: manages || audits ? null : notAllowed(),
      run: () => router.push(manages ? { name: 'users', query: { id: user.id } } : { name: 'audit', query: { actor: user.id } }),
      keep: true,
    }
  }

  const known = computed<Item[]>(() => [
    ...commands.value.filter(({ id }) => !LEFT_OUT.has(id)).sort((a, b) => ORDER[a.group] - ORDER[b.group]).map(fromCommand),
    ...(projects.data.value ?? []).map(fromProject),
    ...(users.data.value ?? []).filter((user) => user.is_active).map(fromUser),
  ])

  // What was used lately is kept by id: jobs among it are read again.
  const recentJobs = useQueries({
    queries: computed(() => recent.value.filter((id) => id.startsWith('job.') && id.length > 30).slice(0, RECENTS_SHOWN).map((id) => ({
      queryKey: [...keys.jobs, 'one', id.slice(4)],
      queryFn: ({ signal }: { signal: AbortSignal }) => readJob(id.slice(4), signal),
      retry: false,
    }))),
  })

  const lately = computed<Item[]>(() => {
    const all = new Map([...known.value, ...recentJobs.value.flatMap(({ data }) => (data ? [fromJob(data)] : []))].map((item) => [item.id, item]))
    return recent.value
      .flatMap((id) => all.get(id) ?? [])
      .slice(0, RECENTS_SHOWN)
      .map((item) => ({ ...item, id: `recent ${item.id}`, group: 'recent' }))
  })

  const items = computed<Item[]>(() => {
    if (query.value.trim() === '') {
      const shown = new Set(lately.value.map(({ id }) => id.slice('recent '.length)))
      const rest = known.value.filter((item) => !shown.has(item.id) && item.group !== 'projects' && item.group !== 'users')
      return [...lately.value, ...rest]
    }
    const found = (jobs.data.value?.pages ?? []).flatMap((page) => page.items as Job[]).map(fromJob)
    const wanted = late.value.trim()
    // The server has found them in its own way: they are not asked twice.
    return [...rank(known.value, query.value, recent.value).slice(0, 24), ...(isSearching.value && wanted ? found : [])]
  })

  return computed<Screen>(() => ({
    crumbs: [],
    placeholder: t('palette.placeholder'),
    items: items.value,
    filters: false,
    loading: isSearching.value && jobs.isFetching.value,
    back: () => false,
  }))
}
