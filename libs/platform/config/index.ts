export { Config, type NodeEnv, type Role } from './config.js';
export { ConfigRefused, readConfig, variables, type Environment } from './read.js';
export { configurationPage, envExample } from './documents.js';
