import { useLayoutEffect, type ReactNode } from 'react';
import { App as AntdApp, ConfigProvider } from 'antd';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from 'react-router';
import { LanguageProvider, useLanguage } from './language';
import { SchemeProvider, useScheme } from './scheme';
import { antdTheme, paint } from './theme';
import { queries } from './data/queries';
import { router } from './router';

function Face({ children }: { children: ReactNode }) {
  const { language, antd } = useLanguage();
  const { scheme, still } = useScheme();
  useLayoutEffect(() => paint(scheme, language), [scheme, language]);
  return (
    <ConfigProvider theme={antdTheme(scheme, language, still)} locale={antd} button={{ autoInsertSpace: false }} wave={{ disabled: true }}>
      <AntdApp component={false} message={{ maxCount: 2 }}>
        {children}
      </AntdApp>
    </ConfigProvider>
  );
}

/** Answers carry words in the reader's language, so another language asks for them again. */
function askAgain(): void {
  void queries.invalidateQueries();
}

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <SchemeProvider>
        <LanguageProvider onChange={askAgain}>
          <Face>
            <RouterProvider router={router} />
          </Face>
        </LanguageProvider>
      </SchemeProvider>
    </QueryClientProvider>
  );
}
