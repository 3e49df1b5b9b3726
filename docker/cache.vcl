# The caching proxy of compose.scale.yaml: keeps what never changes, and asks an API process whether the rest still holds.
vcl 4.1;

import directors;

probe ready { .url = "/ready"; .interval = 1s; .timeout = 2s; .window = 3; .threshold = 2; .initial = 2; }
backend api1 { .host = "api1"; .port = "8000"; .probe = ready; }
backend api2 { .host = "api2"; .port = "8000"; .probe = ready; }
backend api3 { .host = "api3"; .port = "8000"; .probe = ready; }

sub vcl_init {
    new api = directors.round_robin();
    api.add_backend(api1);
    api.add_backend(api2);
    api.add_backend(api3);
}

sub vcl_recv {
    set req.backend_hint = api.backend();
    # A reader that must not go back in time is answered by the API, which knows the revisions. So are files, which may be large and come in ranges.
    if (req.http.Conflict-Facts-Min-Revision || req.url ~ "[?&]min_revision=" || req.url ~ "\.(csv|ndjson|geojson|parquet|xlsx)(\?|$)") {
        return (pass);
    }
    unset req.http.Cookie;
}

sub vcl_backend_response {
    unset beresp.http.X-Cache;
    if (beresp.was_304) {
        set beresp.http.X-Cache = "revalidated";
    }
    # `no-cache`: it may change with the next revision, so each request asks the API, which answers 304 from memory, and the body is kept here.
    if (beresp.status == 200 && beresp.http.ETag && beresp.http.Cache-Control ~ "public" && beresp.http.Cache-Control ~ "no-cache") {
        set beresp.uncacheable = false;
        set beresp.ttl = 1ms;  # With 0s, the body would not be used again.
        set beresp.grace = 0s;
        set beresp.keep = 1d;
        return (deliver);
    }
    # `max-age`: of a revision that was named. It never changes, unless its source withdraws it; the API says for how long it may be kept.
}

sub vcl_backend_error {
    set beresp.http.Retry-After = "1";
}

sub vcl_deliver {
    if (obj.hits > 0) {
        set resp.http.X-Cache = "hit";
    } elsif (!resp.http.X-Cache) {
        set resp.http.X-Cache = "miss";
    }
}
