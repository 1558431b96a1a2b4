import { Code, Cog, Network, Users, Wrench } from '@lucide/vue'
import type { Component } from 'vue'
import type { JobType, Tier } from '@/api/types'
import type { Tone } from '@/ui/status'

export const TYPE_ICON: Record<JobType, Component> = { meeting: Users, dev: Code, ops: Cog, maintenance: Wrench, infra: Network }

export const TIER_TONE: Record<Tier, Tone> = { dev: 'neutral', staging: 'info', prod: 'warning' }
