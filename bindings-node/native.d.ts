// 'portcullis/native': the Node-API addon. Fails to load where the addon does.
export * from './edge.js';
export declare const implementation: 'native';
