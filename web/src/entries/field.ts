import '@/theme/tokens.css'
import '@/theme/base.css'

import { createPinia } from 'pinia'
import { createApp } from 'vue'

import { i18n } from '@/i18n'
import { useLooks } from '@/stores/looks'
import SoonPage from '@/views/field/SoonPage.vue'

const app = createApp(SoonPage)
app.use(createPinia())
app.use(i18n)
useLooks()
app.mount('#app')
