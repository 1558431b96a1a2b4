import {
  Calendar, FolderKanban, ChartGantt, Inbox, LayoutDashboard, ListChecks, ScrollText, Snowflake, Users,
} from '@lucide/vue'
import { computed, type Component } from 'vue'
import { session } from '@/api/session'

export interface NavItem {
  name: string
  /** Key of its name. */
  label: string
  icon: Component
  shortcut: string
}

export interface NavGroup {
  /** Key of its heading. */
  label: string
  items: NavItem[]
}

const item = (name: string, icon: Component, shortcut: string): NavItem => ({ name, label: `shell.nav.${name}`, icon, shortcut })

/** Who may not read the audit is not led to it; what a page then shows is the API's to decide. */
export const navigation = computed<NavGroup[]>(() => {
  const audit = session.mayAskForAudit()
  return [
    {
      label: 'shell.nav.plan',
      items: [
        item('calendar', Calendar, 'g c'),
        item('timeline', ChartGantt, 'g t'),
        item('dashboard', LayoutDashboard, 'g d'),
      ],
    },
    {
      label: 'shell.nav.operate',
      items: [
        item('jobs', ListChecks, 'g j'),
        item('approvals', Inbox, 'g a'),
        item('freezes', Snowflake, 'g f'),
      ],
    },
    {
      label: 'shell.nav.administer',
      items: [
        item('projects', FolderKanban, 'g p'),
        ...(session.may('user_manage') === 'allow' ? [item('users', Users, 'g u')] : []),
        ...(audit ? [item('audit', ScrollText, 'g l')] : []),
      ],
    },
  ]
})

/** Pages below one of the above, which stays marked while they are open. */
const BELOW: Record<string, string> = { job: 'jobs', 'new-job': 'jobs', run: 'jobs', project: 'projects' }

export function isWithin(route: unknown, name: string): boolean {
  return typeof route === 'string' && BELOW[route] === name
}
