import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import './styles/theme.css'
import './styles/base.css'
import './styles/gradients.css'
import './styles/controls.css'
import { hubQuery } from './api/queries/hub'
import { session } from './api/session'
import App from './app/App.vue'
import { queryClient } from './app/queryClient'
import { createAppRouter, loadPageAhead } from './app/router'
import { loadTheme } from './app/theme'
import { keepForTheWayBack } from './app/wayBack'
import { loadLocale } from './i18n'

loadTheme()
keepForTheWayBack()

async function start(): Promise<void> {
  const router = createAppRouter()
  // The words, the session, the hub's clock and the page's code at once: none of them needs the others.
  void session.restore().catch(() => undefined)
  void queryClient.prefetchQuery(hubQuery)
  loadPageAhead(router)
  await loadLocale()
  createApp(App).use(VueQueryPlugin, { queryClient }).use(router).mount('#app')
  await router.isReady()
}

void start()
