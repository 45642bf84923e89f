export { BoundedLabel, OTHER } from './bounded-label.js';
export { Metrics, type MetricsOptions, type WatchedPool } from './metrics.js';
export { MetricsServer, type MetricsServerOptions } from './metrics-server.js';
export { dbObserver, WorkMetrics } from './observers.js';
export {
  METRICS,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type MetricEntry,
  type MetricName,
} from './table.js';
