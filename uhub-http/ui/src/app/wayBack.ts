import { session } from '@/api/session'

/**
 * Lets the browser keep the page for its way back. To be called before there is a router: leaving, that writes the scroll
 * position into the history, and what does so while the browser puts it away is thrown away instead
 * (https://github.com/vuejs/router/issues/2631). A position is written where scrolling ends, for when the page is not kept.
 */
export function keepForTheWayBack(): void {
  let isKept = false
  const capture = { capture: true }

  window.addEventListener('pagehide', ({ persisted }) => (isKept = persisted), capture)
  window.addEventListener('visibilitychange', (event) => {
    if (isKept && document.visibilityState === 'hidden') event.stopImmediatePropagation()
  }, capture)
  window.addEventListener('scrollend', () => {
    const scroll = { left: window.scrollX, top: window.scrollY }
    if (history.state) history.replaceState({ ...history.state, scroll }, '')
  })

  window.addEventListener('pageshow', ({ persisted }) => {
    isKept = false
    if (!persisted || !session.isAnothers()) return
    document.documentElement.style.visibility = 'hidden'
    location.reload()
  }, capture)
}
