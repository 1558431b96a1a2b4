import { ref } from 'vue'

/** The name of what a page shows (a job's title), in place of the page's own. Forgotten when the page changes. */
export const pageTitle = ref<string | null>(null)
