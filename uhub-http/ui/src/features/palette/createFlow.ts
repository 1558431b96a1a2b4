import { CalendarClock, CalendarPlus, CircleOff, Server, TextCursorInput, Type } from '@lucide/vue'
import { computed, reactive, ref, watch } from 'vue'
import { useI18n } from '@/i18n'
import { useRouter } from 'vue-router'
import { asProblem } from '@/api/problem'
import { useCreateJob, waits } from '@/api/queries/jobs'
import { useProjects } from '@/api/queries/projects'
import { useSession } from '@/api/session'
import { JOB_TYPES, type CreateJob, type Environment, type Job, type JobType, type Project } from '@/api/types'
import { initials, plainLine } from '@/ui/text'
import { useToasts } from '@/ui/toasts'
import { useTime } from '@/ui/useTime'
import { useTrial } from '@/features/calendar/useTrial'
import type { Item, Note, Screen } from './item'
import { useNotAllowed } from './lines'
import { mayPlan, mayPlanSomewhere } from './may'
import type { Palette } from './screen'
import { parseWhen, type When } from './when'

const STEPS = ['type', 'project', 'environment', 'title', 'when', 'confirm'] as const
type Step = (typeof STEPS)[number]

/** Which step asks for a field of the API. */
const ASKED_AT: Record<string, Step> = {
  job_type: 'type', project_id: 'project', environment: 'environment', title: 'title', planned_start: 'when', planned_end: 'when', all_day: 'when',
}

/** Plans a job, one question after the other. */
export function useCreateFlow({ query, mode, close, enter }: Palette) {
  const { t } = useI18n()
  const router = useRouter()
  const { me } = useSession()
  const { slot, dateTime, zone } = useTime()
  const toasts = useToasts()
  const projects = useProjects()
  const create = useCreateJob()

  const step = ref<Step>('type')
  const note = ref<Note | null>(null)
  const draft = reactive<{ type: JobType | null; project: Project | null; environment: Environment | null; title: string; when: When | null }>({
    type: null, project: null, environment: null, title: '', when: null,
  })
  /** What is changed after all was said comes back to the summary. */
  const isComplete = ref(false)

  watch(mode, (now) => {
    if (now !== 'create') return
    Object.assign(draft, { type: null, project: null, environment: null, title: '', when: null })
    step.value = 'type'
    note.value = null
    isComplete.value = false
  })
  watch(query, () => (note.value = null))

  const asksEnvironment = computed(() => draft.type !== 'meeting')
  const steps = computed(() => STEPS.filter((one) => one !== 'environment' || asksEnvironment.value))

  function go(to: Step, typed = ''): void {
    step.value = to
    query.value = typed
    // Watchers of what is typed run first: the note belongs to the new step.
    if (to === 'confirm') isComplete.value = true
  }
  function next(): void {
    if (isComplete.value && !(step.value === 'type' || step.value === 'project')) return go('confirm')
    go(steps.value[steps.value.indexOf(step.value) + 1] ?? 'confirm')
  }
  function back(): boolean {
    const before = steps.value[steps.value.indexOf(step.value) - 1]
    if (!before) {
      enter('root')
      return true
    }
    go(before, before === 'title' ? draft.title : '')
    return true
  }

  const notFor = useNotAllowed()

  const types = computed<Item[]>(() => JOB_TYPES.map((type) => ({
    id: `type.${type}`,
    title: t(`common.jobType.${type}`),
    group: 'type',
    icon: Type,
    keywords: [type],
    stays: true,
    blocked: me.value && !mayPlanSomewhere(me.value, type, projects.data.value ?? []) ? notFor() : null,
    run: () => {
      draft.type = type
      if (type === 'meeting') draft.environment = null
      next()
    },
  })))

  const projectItems = computed<Item[]>(() => (projects.data.value ?? []).map((project) => {
    const type = draft.type ?? 'dev'
    const tiers = [...new Set([...project.environments.map(({ tier }) => tier), 'dev' as const])]
    const isOpen = me.value && tiers.some((tier) => mayPlan(me.value!, type, tier, project) !== 'deny')
    return {
      id: `project.${project.id}`,
      title: plainLine(project.name),
      group: 'project',
      color: project.color,
      mark: initials(project.name),
      stays: true,
      blocked: isOpen ? null : notFor(),
      run: () => {
        draft.project = project
        draft.environment = project.environments.find(({ name }) => name === draft.environment?.name) ?? null
        next()
      },
    }
  }))

  const environmentItems = computed<Item[]>(() => {
    const type = draft.type ?? 'dev'
    const effect = (tier: Environment['tier']) => (me.value ? mayPlan(me.value, type, tier, draft.project) : 'deny')
    const hint = (tier: Environment['tier']) => (effect(tier) === 'needs_approval' ? t('palette.needsApproval') : undefined)
    return [
      ...(draft.project?.environments ?? []).map((environment) => ({
        id: `environment.${environment.name}`,
        title: plainLine(environment.name),
        group: 'environment',
        icon: Server,
        hint: [t(`common.tier.${environment.tier}`), hint(environment.tier)].filter(Boolean).join(' · '),
        stays: true,
        blocked: effect(environment.tier) === 'deny' ? notFor() : null,
        run: () => {
          draft.environment = environment
          next()
        },
      })),
      {
        id: 'environment.none',
        title: t('palette.create.noEnvironment'),
        group: 'environment',
        icon: CircleOff,
        stays: true,
        blocked: effect('dev') === 'deny' ? notFor() : null,
        run: () => {
          draft.environment = null
          next()
        },
      },
    ]
  })

  const titleItems = computed<Item[]>(() => {
    const typed = query.value.trim()
    return [{
      id: 'title.use',
      title: typed === '' ? t('palette.create.titleFirst') : plainLine(typed),
      group: 'title',
      icon: TextCursorInput,
      hint: typed === '' ? undefined : t('palette.create.useTitle'),
      stays: true,
      blocked: typed === '' ? t('palette.create.titleMissing') : null,
      run: () => {
        draft.title = typed
        next()
      },
    }]
  })

  const spoken = (when: When) => when.end ? slot(when.start, when.end, when.allDay) : dateTime(when.start)
  const whenItem = (id: string, when: When, hint: string | undefined): Item => ({
    id, title: spoken(when), group: 'when', icon: CalendarClock, hint, stays: true,
    run: () => {
      draft.when = when
      next()
    },
  })
  const whenItems = computed<Item[]>(() => {
    const setting = { now: new Date(), zone: zone.value }
    if (query.value.trim() === '') {
      return (['soon', 'tomorrow', 'afternoon', 'twoDays', 'nextWeek', 'wholeDay'] as const).flatMap((name) => {
        const phrase = t(`palette.create.phrase.${name}`)
        const when = parseWhen(phrase, setting)
        return when ? [whenItem(`when.${name}`, when, phrase)] : []
      })
    }
    const when = parseWhen(query.value, setting)
    if (when) return [whenItem('when.typed', when, when.end === null ? t('palette.create.usualLength') : undefined)]
    return [{ id: 'when.unknown', title: t('palette.create.notUnderstood'), group: 'when', icon: CalendarClock, blocked: t('palette.create.examples'), stays: true, run: () => undefined }]
  })

  function body(): CreateJob | null {
    const { type, project, environment, title, when } = draft
    if (!type || !project || !when) return null
    return {
      job_type: type,
      project_id: project.id,
      title,
      planned_start: when.start.toISOString(),
      ...(environment ? { environment: environment.name } : {}),
      ...(when.end ? { planned_end: when.end.toISOString() } : {}),
      ...(when.allDay ? { all_day: true } : {}),
    }
  }

  const trial = useTrial(() => (mode.value === 'create' && step.value === 'confirm' ? body() : null))
  const named = (titles: string[]) => [...titles.slice(0, 3).map((title) => plainLine(title)), ...(titles.length > 3 ? ['…'] : [])].join(', ')
  const warning = computed<Note | null>(() => {
    const verdict = trial.value
    if (verdict?.kind === 'refused') return { tone: 'danger', text: verdict.problem.sentence }
    const titles = verdict && 'with' in verdict ? verdict.with.map(({ title }) => title) : []
    if (titles.length === 0) return null
    return { tone: 'warning', text: t('palette.create.collides', { titles: named(titles), count: titles.length }, titles.length) }
  })

  async function submit(): Promise<void> {
    const wanted = body()
    if (!wanted) return
    const { title } = wanted
    try {
      const answer = await create.mutateAsync(wanted)
      close()
      const waiting = waits(answer)
      const job = waiting && 'job' in answer ? answer.job : (answer as Job)
      toasts.show(waiting
        ? { tone: 'warning', text: t('palette.create.waits', { title: plainLine(title) }) }
        : { tone: 'success', text: t('palette.create.done', { title: plainLine(title) }) })
      await router.push({ name: 'job', params: { id: job.id } })
    } catch (error) {
      const problem = asProblem(error)
      const asked = ASKED_AT[problem.field ?? ''] ?? 'confirm'
      go(asked, asked === 'title' ? title : '')
      // After the watcher of what is typed has cleared the last one.
      await Promise.resolve()
      note.value = { tone: 'danger', text: problem.sentence }
    }
  }

  const confirmItems = computed<Item[]>(() => {
    const change = (to: Step, title: string, icon: Item['icon']): Item => ({
      id: `change.${to}`, title, group: 'change', icon, hint: t(`palette.create.step.${to}`), stays: true, run: () => go(to, to === 'title' ? draft.title : ''),
    })
    return [
      { id: 'create.submit', title: t('palette.create.submit', { title: plainLine(draft.title) }), group: 'confirm', icon: CalendarPlus, stays: true, run: submit },
      change('title', plainLine(draft.title), TextCursorInput),
      change('when', draft.when ? spoken(draft.when) : '', CalendarClock),
      ...(asksEnvironment.value ? [change('environment', draft.environment ? plainLine(draft.environment.name) : t('palette.create.noEnvironment'), Server)] : []),
    ]
  })

  const items = { type: types, project: projectItems, environment: environmentItems, title: titleItems, when: whenItems, confirm: confirmItems }

  return computed<Screen>(() => ({
    crumbs: [
      t('palette.create.title'),
      ...(draft.type && step.value !== 'type' ? [t(`common.jobType.${draft.type}`)] : []),
      ...(draft.project && steps.value.indexOf(step.value) > 1 ? [plainLine(draft.project.name)] : []),
      ...(draft.environment && steps.value.indexOf(step.value) > 2 ? [plainLine(draft.environment.name)] : []),
    ],
    placeholder: t(`palette.create.ask.${step.value}`),
    items: items[step.value].value,
    filters: step.value === 'type' || step.value === 'project' || step.value === 'environment',
    loading: projects.isPending.value || create.isPending.value,
    note: note.value ?? (step.value === 'confirm' ? warning.value : null),
    back,
  }))
}
