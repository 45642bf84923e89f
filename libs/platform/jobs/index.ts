/** Long work under one address, whichever module does it, and its progress on the stream. */
export { JobFeed } from './job-feed.js';
export { hasEnded, JOB_STATES, type JobState, type JobStep, type JobView, type KnownJob } from './job-view.js';
export { JobsModule } from './jobs.module.js';
