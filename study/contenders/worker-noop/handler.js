export async function handler(event) {
  return event.Records[0].cf.request;
}
