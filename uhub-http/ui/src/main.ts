import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import './styles/theme.css'
import './styles/base.css'
import './styles/gradients.css'
import './styles/controls.css'
import App from './app/App.vue'
import { queryClient } from './app/queryClient'
import { createAppRouter } from './app/router'
import { loadTheme } from './app/theme'
import { i18n, loadLocale } from './i18n'

loadTheme()

async function start(): Promise<void> {
  await loadLocale()
  const router = createAppRouter()
  createApp(App).use(i18n).use(VueQueryPlugin, { queryClient }).use(router).mount('#app')
  await router.isReady()
}

void start()
