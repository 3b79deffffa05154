/** The whole library as one file; its types are those of the package. */
declare module 'echarts/dist/echarts.esm.min' {
  export * from 'echarts';
}
