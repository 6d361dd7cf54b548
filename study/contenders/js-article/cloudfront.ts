export interface Header {
  key?: string;
  value: string;
}

export interface CloudFrontRequest {
  headers: Record<string, Header[]>;
}

export interface CloudFrontEvent {
  Records: { cf: { request: CloudFrontRequest } }[];
}

export interface CloudFrontResponse {
  status: string;
  statusDescription: string;
  headers: Record<string, Header[]>;
  body: string;
}
