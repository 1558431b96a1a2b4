/**
 * The first of the app's code: small, and it waits for nothing. What the app will need is asked for while most of its code is
 * still on its way; the app asks for the same and is handed it. Nothing here may lead to Vue, or it would come with it.
 */
import { hubBase } from './api/base'
import { askEarly } from './api/early'
import { stored } from './api/trace'
import { routes } from './app/routes'
import { usual } from './features/calendar/usual'
import { loadView, VIEWS } from './features/calendar/views'
import { firstLocale, loadMessages } from './i18n/languages'

const isKnown = stored.who() !== null
// Whoever asks again says what went wrong.
const quietly = (work: Promise<unknown>): void => void work.catch(() => undefined)

askEarly('hub')
if (isKnown) askEarly('auth/refresh', { method: 'POST', credentials: 'same-origin' })
quietly(loadMessages(firstLocale()))

/** The page that the address names; who is not signed in comes to see another one. */
function wantedPath(): string {
  if (!isKnown) return '/signin'
  const path = location.href.startsWith(`${hubBase()}app/`) ? location.pathname.slice(new URL('app', hubBase()).pathname.length) : '/'
  return path === '/' ? '/calendar' : path
}

// What the browser has to look up for its first date takes it longer than many a page: here it keeps nobody waiting.
requestAnimationFrame(() => setTimeout(() => new Intl.DateTimeFormat()))

const path = wantedPath()
const page = routes.find((route) => new RegExp(`^${route.path.replace(/:\w+/g, '[^/]+')}/?$`).test(path))
if (typeof page?.component === 'function') quietly((page.component as () => Promise<unknown>)())
if (page?.name === 'calendar') {
  const asked = new URLSearchParams(location.search).get('view')
  quietly(loadView(VIEWS.find((view) => view === asked) ?? usual().view))
}
