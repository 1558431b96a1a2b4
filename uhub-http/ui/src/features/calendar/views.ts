export const VIEWS = ['month', 'week', 'day', 'list'] as const
export type View = (typeof VIEWS)[number]

export const loadGrid = () => import('./GridView.vue')
export const loadRows = () => import('./ItemRows.vue')

/** Of the grid and the list, what is shown is fetched while the jobs are, not after them; the other when it is wanted. */
export const loadView = (view: View): Promise<unknown> => (view === 'list' ? loadRows() : loadGrid())
