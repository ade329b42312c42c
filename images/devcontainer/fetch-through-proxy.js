// Takes fetch() through the proxy that HTTPS_PROXY names. Node 18 cannot do that by itself; Node 24
// can, told by NODE_USE_ENV_PROXY. With the undici that Debian's Node comes with, loaded by the first
// fetch only: NODE_OPTIONS brings this file into every Node there is.
'use strict'

const { HTTPS_PROXY, NO_PROXY } = process.env

function takeThroughProxy () {
  const { request } = require('node:http')
  const { Agent, buildConnector, setGlobalDispatcher } = require('/usr/share/nodejs/undici')
  const proxy = new URL(HTTPS_PROXY)
  const auth = [proxy.username, proxy.password].map(decodeURIComponent).join(':')
  const own = new Set((NO_PROXY || '').split(',').map(name => name.trim()).filter(Boolean))
  const connect = buildConnector({})

  // Not undici's ProxyAgent: in this version it sends the proxy's own name as Host, which we refuse.
  function connectThroughProxy (options, done) {
    if (own.has(options.hostname.replace(/^\[|\]$/g, ''))) return connect(options, done)
    const port = options.port || (options.protocol === 'https:' ? 443 : 80)
    const path = `${options.hostname}:${port}`
    request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path,
      headers: { Host: path, 'Proxy-Authorization': `Basic ${Buffer.from(auth).toString('base64')}` } })
      .on('connect', (answer, socket) => {
        if (answer.statusCode !== 200) {
          socket.destroy()
          done(new Error(`the proxy does not connect to ${path}: ${answer.statusMessage}`))
        } else if (options.protocol === 'https:') connect({ ...options, httpSocket: socket }, done)
        else done(null, socket)
      })
      .on('error', done)
      .end()
  }

  setGlobalDispatcher(new Agent({ connect: connectThroughProxy }))
}

if (HTTPS_PROXY && globalThis.fetch && parseInt(process.versions.node) < 24) {
  const fetch = globalThis.fetch
  globalThis.fetch = (...request) => {
    globalThis.fetch = fetch
    takeThroughProxy()
    return fetch(...request)
  }
}
