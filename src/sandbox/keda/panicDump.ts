/** About what KEDA before 2.15 adds to its log for every request that timed out: the hay that the needle is in. */

const FRAMES = [
  [
    "k8s.io/apiserver/pkg/server/filters.(*timeoutHandler).ServeHTTP.func1.1()",
    "k8s.io/apiserver@v0.29.0/pkg/server/filters/timeout.go:110 +0xb0",
  ],
  ["panic({0x2753960?, 0x4943b20?})", "runtime/panic.go:860 +0x13a"],
  [
    "sigs.k8s.io/custom-metrics-apiserver/pkg/registry/external_metrics.(*REST).List(0x16396a47050, {0x2dc2e10, 0x1639719b800}, 0x0?)",
    "sigs.k8s.io/custom-metrics-apiserver@v1.28.1-0.20240103150633-c0d09c9b6dd1/pkg/registry/external_metrics/reststorage.go:92 +0x118",
  ],
  [
    "k8s.io/apiserver/pkg/endpoints/handlers.ListResource.func1({0x2db3c40, 0x16396cd2500}, 0x1639719d2c0)",
    "k8s.io/apiserver@v0.29.0/pkg/endpoints/handlers/get.go:278 +0xe1e",
  ],
  [
    "github.com/emicklei/go-restful/v3.(*Container).dispatch(0x16396a31710, {0x2db3c40, 0x16395ed5e20}, 0x1639719d2c0)",
    "github.com/emicklei/go-restful/v3@v3.11.2/container.go:299 +0x9c8",
  ],
] as const;
const FILTERS = [
  [
    "k8s.io/apiserver/pkg/endpoints/filterlatency.trackStarted.func1({0x2db3c40, 0x16395ed5e20}, 0x1639719d2c0)",
    "k8s.io/apiserver@v0.29.0/pkg/endpoints/filterlatency/filterlatency.go:84 +0x192",
  ],
  [
    "net/http.HandlerFunc.ServeHTTP(0x2dc2e10?, {0x2db3c40?, 0x16395ed5e20?}, 0x4a94aa0?)",
    "net/http/server.go:2286 +0x29",
  ],
] as const;

const frames = [...FRAMES, ...Array.from({ length: 15 }, () => FILTERS).flat()];

/** 72 lines, as recorded. */
export const panicDump = [
  "goroutine 931 [running]:",
  ...frames.flatMap(([call, at]) => [call, `\t${at}`]),
  "created by k8s.io/apiserver/pkg/server/filters.(*timeoutHandler).ServeHTTP in goroutine 930",
].join("\n");
