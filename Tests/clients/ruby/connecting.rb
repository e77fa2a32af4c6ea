# How every script here connects and reports; the argument is the port.
begin
  require 'redis'
rescue LoadError
  abort 'there is no redis for Ruby: run make setup'
end

Thread.report_on_exception = false
$stdout.sync = true

def connect(**options)
  Redis.new(host: '127.0.0.1', port: ARGV.fetch(0).to_i, timeout: 20, reconnect_attempts: 0, **options)
end

def expect(found, expected, what)
  abort "#{what}: expected #{expected.inspect}, found #{found.inspect}" unless found == expected
  puts "#{what}: #{found.inspect}"
end

def expect_error(what)
  found = yield
rescue Redis::CommandError => error
  puts "#{what}: #{error.message}"
else
  abort "#{what}: expected an error, found #{found.inspect}"
end

def wait_until(what)
  deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 20
  until yield
    abort "waited in vain: #{what}" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
    sleep 0.002
  end
end
