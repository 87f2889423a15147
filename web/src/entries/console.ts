import '@/theme/tokens.css'
import '@/theme/base.css'
import '@/theme/element'
import '@/theme/element.css'

import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'

import { ApiProblem } from '@/api/problem'
import { i18n } from '@/i18n'
import { useLooks } from '@/stores/looks'
import { useSession } from '@/stores/session'
import { routes } from '@/views/console/routes'
import ConsoleFrame from '@/views/console/shell/ConsoleFrame.vue'

const app = createApp(ConsoleFrame)
app.use(createPinia())
app.use(i18n)
// What was refused is not asked again; what was merely not reached is, a few times.
const retry = (count: number, error: unknown): boolean =>
  count < 3 && (!(error instanceof ApiProblem) || error.problem.status === 0 || error.problem.status >= 500)
app.use(VueQueryPlugin, {
  queryClient: new QueryClient({
    defaultOptions: {
      queries: { retry, staleTime: 15_000, refetchOnWindowFocus: false },
      mutations: { retry: false },
    },
  }),
})

const router = createRouter({ history: createWebHistory('/console/'), routes })
const session = useSession()
useLooks()
router.beforeEach(async (to) => {
  if (!session.asked) await session.load()
  if (!session.loggedIn && !to.meta.open)
    return { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  return true
})
app.use(router)
void router.isReady().then(() => app.mount('#app'))
