interface ViewerRequestEvent {
  Records: { cf: { request: object } }[];
}

export const handler = async (event: ViewerRequestEvent) => event.Records[0].cf.request;
